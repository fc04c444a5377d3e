// A phone: fingers, a small window, a drawer.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';
import { RICH } from '../support/rich';

const PHONE = { width: 390, height: 844 };

/** What is too small for a finger, in CSS pixels; links in the midst of a text may be. */
async function small(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const it of document.querySelectorAll<HTMLElement>('a, button, input, select, textarea, summary')) {
      if (!it.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || it.closest('.blocks p, .sr, [inert]')) continue;
      // What one presses for a box that is not seen itself is its label.
      const target = it.classList.contains('sr') || ['checkbox', 'radio'].includes((it as HTMLInputElement).type) ? it.closest('label') ?? it : it;
      const { width, height } = target.getBoundingClientRect();
      if (width === 0 || height === 0) continue;
      if (width < 43.5 || height < 43.5) found.push(`${it.outerHTML.slice(0, 120)}: ${width}x${height}`);
    }
    return found;
  });
}

/** How far the page is wider than the window. */
const wider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test.describe('with fingers', () => {
  test.use({ viewport: PHONE, hasTouch: true, isMobile: true, model: 'sim:text=echo,rate=2000' });

  test('everything can be hit, and writing does not enlarge the page', async ({ chat, page }) => {
    await chat.ask(RICH);
    await chat.ended();
    expect(await small(page)).toEqual([]);
    await chat.answers.getByLabel('More').tap();
    expect(await small(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Settings of this chat' }).tap();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await small(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).tap();
    await page.getByRole('button', { name: 'Chats' }).tap();
    await expect(chat.list).toBeVisible();
    expect(await small(page)).toEqual([]);
    const tiny = await page.evaluate(() =>
      [...document.querySelectorAll('input, textarea, select')].filter((it) => parseFloat(getComputedStyle(it).fontSize) < 16).length,
    );
    expect(tiny).toBe(0);
    expect(await wider(page)).toBe(0);
  });

  test('where a finger writes, the keyboard comes when one asks for it', async ({ chat }) => {
    await expect(chat.question).not.toBeFocused();
    await chat.question.tap();
    await expect(chat.question).toBeFocused();
  });
});

test.describe('the drawer', () => {
  test.use({ viewport: PHONE, model: 'sim:tokens=8,rate=2000' });

  test('has the focus while it is open, and gives it back', async ({ chat, page }) => {
    await chat.ask('One');
    await chat.ended();
    const button = page.getByRole('button', { name: 'Chats' });
    await button.press('Enter');
    await expect(page.getByRole('link', { name: 'New chat' })).toBeFocused();
    // What is under it is out of reach.
    await expect(page.locator('.desk')).toHaveAttribute('inert', '');
    await expect(button).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('Escape');
    await expect(button).toBeFocused();
    await expect(page.locator('.desk')).not.toHaveAttribute('inert');
    await button.press('Enter');
    // Escape leaves a menu first.
    await chat.list.locator('.entry summary').press('Enter');
    await expect(chat.list.getByRole('button', { name: 'Rename' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(chat.list.getByRole('button', { name: 'Rename' })).toBeHidden();
    await expect(page.getByRole('link', { name: 'New chat' })).toBeVisible();
    await page.mouse.click(PHONE.width - 10, 400);
    await expect(chat.list).toBeHidden();
    await expect(button).toBeFocused();
  });

  test('is no drawer any more when the phone is turned and there is room', async ({ chat, page }) => {
    await page.getByRole('button', { name: 'Chats' }).click();
    await page.setViewportSize({ width: 932, height: 430 });
    await expect(page.locator('.desk')).not.toHaveAttribute('inert');
    await expect(chat.list).toBeVisible();
    await chat.ask('One');
    await chat.ended();
  });
});

for (const [what, width, height] of [
  ['320 px', 320, 568],
  ['a phone on its side', 844, 390],
  ['a page of 1280 px at 400 %', 320, 256],
] as const) {
  test.describe(what, () => {
    test.use({ viewport: { width, height }, model: 'sim:text=echo,rate=2000' });

    test('has room for everything', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      expect(await wider(page)).toBe(0);
      for (const name of ['Chats', 'Settings of this chat', 'New chat', 'Send']) {
        await expect(page.getByRole('button', { name, exact: true }).last()).toBeInViewport({ ratio: 1 });
      }
      await expect(chat.question).toBeInViewport({ ratio: 1 });
      // There is something left to read in.
      const { height: left } = (await chat.transcript.boundingBox())!;
      expect(left).toBeGreaterThan(height * 0.3);
    });
  });
}
