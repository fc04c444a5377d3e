// What a system wishes of its pages: no motion, more contrast, its own colours.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../support/house';

test.use({ model: 'sim:tokens=9000,rate=60,delay=400ms' });

test('nothing moves where no motion is wished for', async ({ chat, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = () => page.evaluate(() => document.getAnimations().filter((it) => it.playState === 'running').length);
  await chat.ask('Tell me');
  await expect(page.locator('.pulse').first()).toBeVisible();
  expect(await moving()).toBe(0);
  // Else something does.
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await moving()).toBeGreaterThan(0);
  await chat.begun(40);
  await chat.stop.click();
  await chat.ended();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`more contrast is seven to one, ${colorScheme}`, async ({ chat, page }) => {
    await page.emulateMedia({ contrast: 'more', colorScheme });
    const look = async () => {
      const axe = new AxeBuilder({ page }).options({ rules: { 'color-contrast-enhanced': { enabled: true } } });
      const { violations } = await axe.exclude('figure.code').analyze();
      expect(violations.map((it) => `${it.id} ${it.nodes[0].html}`)).toEqual([]);
    };
    await look();
    await chat.ask('Tell me');
    await chat.begun(40);
    await look();
    await chat.stop.click();
    await chat.ended();
    await look();
    await page.keyboard.press('Alt+Shift+KeyP');
    await expect(page.getByRole('dialog')).toBeVisible();
    await look();
  });
}

test("in the system's own colours what is chosen can be seen", async ({ chat, page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await chat.ask('Tell me');
  await chat.begun(40);
  const outline = (selector: string) => page.locator(selector).first().evaluate((it) => getComputedStyle(it).outlineStyle);
  await expect(page.locator('.entry.current')).toBeVisible();
  expect(await outline('.entry.current')).toBe('solid');
  // What is nothing but a background is still there.
  const [dot, ink] = await page.locator('.dot').first().evaluate((it) => [getComputedStyle(it).backgroundColor, getComputedStyle(document.body).color]);
  expect(dot).toBe(ink);
  await page.keyboard.press('Control+k');
  const chosen = '#found [aria-selected=true]';
  await expect(page.locator(chosen)).toBeVisible();
  expect(await outline(chosen)).toBe('solid');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await chat.stop.click();
  await chat.ended();
});
