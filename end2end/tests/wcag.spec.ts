// What WCAG 2.2 AA asks for and axe cannot tell, criterion by criterion; which other test shows which is in ACCESSIBILITY.md.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';
import { RICH } from '../support/rich';

test.use({ model: 'sim:text=echo,rate=4000' });

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** How far the page is wider than the window. */
const wider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What can be pressed or reads as a heading, and does not show all of its words. */
const cut = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, summary, label, legend, h1, h2, h3, .situation, .hint, .notice')]
      .filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.closest('.sr') && !it.classList.contains('sr'))
      .filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== 'visible')
      .map((it) => it.outerHTML.slice(0, 120)),
  );

for (const [name, viewport] of Object.entries(SIZES)) {
  test.describe(name, () => {
    test.use({ viewport });

    test('1.4.12: words may be set wider, and lines', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      await page.addStyleTag({
        content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }',
      });
      expect(await wider(page)).toBe(0);
      expect(await cut(page)).toEqual([]);
      await page.getByRole('button', { name: 'Settings of this chat' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await wider(page)).toBe(0);
      expect(await cut(page)).toEqual([]);
    });

    test('1.4.4: letters may be twice as large', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      await page.addStyleTag({ content: 'html { font-size: 200%; }' });
      expect(await wider(page)).toBe(0);
      expect(await cut(page)).toEqual([]);
      await expect(chat.question).toBeInViewport({ ratio: 1 });
      await expect(chat.send).toBeInViewport({ ratio: 1 });
    });

    test('2.1.2, 2.4.3, 2.4.7, 2.4.11: Tab goes through all, is seen where it is, and comes out again', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      // Out of the page, so that it begins at its beginning.
      const away = () => page.evaluate(() => document.activeElement === document.body);
      while (!(await away())) await page.keyboard.press('Tab');
      const passed: string[] = [];
      for (let presses = 0; presses < 120; presses++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const it = document.activeElement;
          if (!it || it === document.body) return null;
          // What stands for a box that is not seen itself.
          const shown = it.closest('.sr') ? it.closest('label')! : it;
          const { outlineStyle, outlineWidth } = getComputedStyle(shown);
          const { boxShadow } = getComputedStyle(it.closest('.composer') ?? it);
          const marked = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || (it.id === 'question' && boxShadow !== 'none');
          const { left, top, right, bottom } = shown.getBoundingClientRect();
          const at = (x: number, y: number) => {
            const found = document.elementFromPoint(x, y);
            return !!found && (shown.contains(found) || found.contains(shown));
          };
          // Of what is larger than the window some is enough: nothing that has the focus is wholly hidden.
          const x = (Math.max(0, left) + Math.min(innerWidth, right)) / 2;
          const y = (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2;
          return { what: it.outerHTML.slice(0, 120), marked, uncovered: at(x, y) };
        });
        if (!seen) break;
        expect(seen.marked, seen.what).toBe(true);
        expect(seen.uncovered, seen.what).toBe(true);
        passed.push(seen.what);
      }
      // It went out at the end of the page, and by everything once.
      expect(passed.length).toBeGreaterThan(15);
      expect(passed.length).toBeLessThan(120);
      expect(passed.some((it) => it.includes('id="question"'))).toBe(true);
    });
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('1.4.11: edges of fields, icons and the mark of the focus are three to one', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      const weak = () =>
        page.evaluate(() => {
          const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
          const luminance = (colours: string[]) => {
            // One over the other, as they are painted.
            pixel.clearRect(0, 0, 1, 1);
            for (const colour of colours) {
              pixel.fillStyle = colour;
              pixel.fillRect(0, 0, 1, 1);
            }
            const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].map((it) => {
              const part = it / 255;
              return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const under = (it: Element | null): string[] => {
            const colours: string[] = [];
            for (; it; it = it.parentElement) colours.unshift(getComputedStyle(it).backgroundColor);
            return ['Canvas', ...colours];
          };
          const contrast = (colour: string, on: string[]) => {
            const [a, b] = [luminance([...on, colour]), luminance(on)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
          };
          const found: string[] = [];
          const judge = (what: string, it: Element, colour: string, on: string[]) => {
            const is = contrast(colour, on);
            if (is < 3) found.push(`${what} ${is.toFixed(2)}: ${it.outerHTML.slice(0, 100)}`);
          };
          const visible = (it: Element) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true });
          const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent');
          for (const it of document.querySelectorAll('input:not([type=checkbox], [type=radio], .sr), textarea, dialog select')) {
            if (!visible(it)) continue;
            const frame = it.closest('.composer') ?? it;
            const edge = getComputedStyle(frame);
            // The palette's line to write in has the focus from its beginning to its end.
            if (it.closest('.palette')) judge('focus', it, accent, under(it));
            else judge('edge', it, edge.borderBottomColor, under(frame.parentElement));
          }
          for (const it of document.querySelectorAll('button svg, a svg, label svg, summary svg')) {
            // What cannot be pressed may be pale.
            if (visible(it) && !it.closest(':disabled')) judge('icon', it.parentElement!, getComputedStyle(it).color, under(it.parentElement));
          }
          for (const it of document.querySelectorAll('button, a, summary, select')) if (visible(it)) judge('focus', it, accent, under(it.parentElement));
          return found;
        });
      expect(await weak()).toEqual([]);
      await page.getByRole('button', { name: 'Settings of this chat' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await weak()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible();
      expect(await weak()).toEqual([]);
    });
  });
}

test('1.3.2, 3.1.2: what is said has its own language and side; code keeps its own', async ({ chat, page }) => {
  await chat.ask('مرحبا بالنهر\n\n- واحد\n- اثنان\n\n```rust\nfn main() {}\n```');
  await chat.ended();
  const side = (selector: string) => page.locator(selector).last().evaluate((it) => getComputedStyle(it).direction);
  expect(await side('.question')).toBe('rtl');
  expect(await side('.answer .blocks p')).toBe('rtl');
  expect(await side('.answer .blocks ul')).toBe('rtl');
  expect(await side('.answer .blocks figure.code pre')).toBe('ltr');
  expect(await page.locator('.answer .text .blocks').evaluate((it) => it.matches(':lang(en)'))).toBe(false);
  // The page's own words keep theirs.
  expect(await side('.answer .actions')).toBe('ltr');
  await chat.question.fill('ما هو النهر؟');
  expect(await side('#question')).toBe('rtl');
  await chat.question.fill('');
  await chat.ask('Hello brook');
  await chat.ended();
  expect(await side('.answer .blocks p')).toBe('ltr');
});

test('1.4.13, 2.5.2: nothing appears by hovering that hides something, and nothing is done by pressing alone', async ({ chat, page }) => {
  await chat.ask('Once');
  await chat.ended();
  // Down on it, away from it, up: no.
  const again = chat.answers.getByRole('button', { name: 'Answer again' });
  const { x, y, width, height } = (await again.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y - 200);
  await page.mouse.up();
  await expect(chat.answers.getByText('2 / 2')).toHaveCount(0);
  await expect(chat.answers).toHaveCount(1);
  // What one goes over stays where it is, and so does all around it.
  const places = () =>
    page.evaluate(() => [...document.querySelectorAll('.answer .blocks > *, .question, .composer')].map((it) => it.getBoundingClientRect().top));
  await page.mouse.move(5, 5);
  const before = await places();
  await page.mouse.move(x + width / 2, y + height / 2);
  expect(await places()).toEqual(before);
});
