// What WCAG 2.2 AA asks for and axe cannot tell, criterion by criterion; which other test shows which is in ACCESSIBILITY.md.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';
import { RICH } from '../support/rich';
import { crowded, look, style } from '../support/seen';

test.use({ model: 'sim:text=echo,rate=4000' });

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** How far the page is wider than the window. */
const wider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const [name, viewport] of Object.entries(SIZES)) {
  test.describe(name, () => {
    test.use({ viewport });

    test('1.4.12: words may be set wider, and lines', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      await style(
        page,
        '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }',
      );
      expect(await wider(page)).toBe(0);
      expect(await crowded(page)).toEqual([]);
      await page.getByRole('button', { name: 'Settings of this chat' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await wider(page)).toBe(0);
      expect(await crowded(page)).toEqual([]);
    });

    test('1.4.4: letters may be twice as large', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      await style(page, 'html { font-size: 200%; }');
      expect(await wider(page)).toBe(0);
      expect(await crowded(page)).toEqual([]);
      await expect(chat.question).toBeInViewport({ ratio: 1 });
      await expect(chat.send).toBeInViewport({ ratio: 1 });
    });

    test('2.1.2, 2.4.3, 2.4.7, 2.4.11: Tab goes through all, is seen where it is, and comes out again', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      // Out of the page, so that it begins at its beginning.
      const away = () => page.evaluate(() => document.activeElement === document.body);
      while (!(await away())) await page.keyboard.press('Tab');
      await look(page);
      const rest = await chat.question.evaluate((it) => getComputedStyle(it.closest('.composer')!).boxShadow);
      const passed: string[] = [];
      for (let presses = 0; presses < 120 && (presses === 0 || !(await away())); presses++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate((rest) => {
          const it = document.activeElement!;
          // What stands for a box that is not seen itself.
          const shown = it.closest('.sr') ? it.closest('label')! : it.id === 'question' ? it.closest('.composer')! : it;
          const { outlineStyle, outlineWidth, outlineColor, outlineOffset, boxShadow, borderTopColor } = getComputedStyle(shown);
          const writing = it.id === 'question';
          const marked = writing ? boxShadow !== rest : outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
          // A mark that is drawn inside is seen on the element itself.
          const around = parseFloat(outlineOffset) < 0 ? shown : shown.parentElement;
          const contrast = window.looking.contrast(writing ? borderTopColor : outlineColor, window.looking.backgrounds(around));
          const { left, top, right, bottom } = shown.getBoundingClientRect();
          // Of what is larger than the window some is enough: nothing that has the focus is wholly hidden.
          const x = (Math.max(0, left) + Math.min(innerWidth, right)) / 2;
          const y = (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2;
          return { what: it.outerHTML.slice(0, 120), marked, contrast, uncovered: shown.contains(document.elementFromPoint(x, y)) };
        }, rest);
        if (await away()) break;
        expect(seen.marked, seen.what).toBe(true);
        expect(seen.contrast, seen.what).toBeGreaterThanOrEqual(3);
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

    test('1.4.11: edges of fields, and icons, are three to one', async ({ chat, page }) => {
      await chat.ask(RICH);
      await chat.ended();
      await look(page);
      const weak = () =>
        page.evaluate(() => {
          const { seen, contrast, backgrounds, told } = window.looking;
          const found: string[] = [];
          const judge = (what: string, it: Element, colour: string, on: Element | null) => {
            const is = contrast(colour, backgrounds(on));
            if (is < 3) found.push(`${what} ${is.toFixed(2)}: ${told(it)}`);
          };
          // Boxes that are checked are the browser's own; a select that has no edge is words with an arrow, like a button;
          // the palette's line has the focus, and its mark, from its beginning to its end.
          for (const it of seen('input:not([type=checkbox], [type=radio]), textarea, dialog select')) {
            if (it.closest('.palette')) continue;
            const framed = it.closest('.composer') ?? it;
            const edge = getComputedStyle(framed);
            if (parseFloat(edge.borderBottomWidth) < 1) found.push(`no edge: ${told(it)}`);
            judge('edge', it, edge.borderBottomColor, framed.parentElement);
          }
          // What cannot be pressed may be pale.
          for (const it of seen(':is(button, a, label, summary):not(:disabled) svg')) judge('icon', it, getComputedStyle(it).color, it.parentElement);
          return found;
        });
      expect(await weak()).toEqual([]);
      await page.getByRole('button', { name: 'Settings of this chat' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await weak()).toEqual([]);
      await page.keyboard.press('Escape');
      await chat.list.locator('.entry summary').first().click();
      expect(await weak()).toEqual([]);
    });
  });
}

test('1.3.2, 3.1.2: what is said has its own language and side; code and the page keep theirs', async ({ chat, page }) => {
  const side = (selector: string) => page.locator(selector).last().evaluate((it) => getComputedStyle(it).direction);
  const speaks = (selector: string, code: string) => page.locator(selector).last().evaluate((it, code) => it.matches(`:lang(${code})`), code);
  const code = '```rust\nfn main() {}\n```';
  for (const text of [`مرحبا بالنهر\n\n- واحد\n- اثنان\n\n${code}`, `${code}\n\nمرحبا بالنهر\n\n- واحد`]) {
    await chat.ask(text);
    await chat.ended();
    expect(await side('.answer .blocks p')).toBe('rtl');
    expect(await side('.answer .blocks ul')).toBe('rtl');
    expect(await side('.answer .blocks figure.code pre')).toBe('ltr');
  }
  expect(await side('.question > div')).toBe('ltr');
  expect(await page.locator('.question > div').first().evaluate((it) => getComputedStyle(it).direction)).toBe('rtl');
  expect(await speaks('.answer .blocks p', 'en')).toBe(false);
  expect(await speaks('.question > div', 'en')).toBe(false);
  // The page's own words.
  for (const own of ['.question', '.answer .blocks figcaption button', '.answer .actions button']) expect(await speaks(own, 'en'), own).toBe(true);
  expect(await side('.answer .actions')).toBe('ltr');
  await chat.question.fill('ما هو النهر؟');
  expect(await side('#question')).toBe('rtl');
  await chat.question.fill('');
  await chat.ask('Hello brook');
  await chat.ended();
  expect(await side('.answer .blocks p')).toBe('ltr');
  // The names of languages are in theirs.
  await page.getByRole('button', { name: 'Preferences' }).click();
  await expect(page.getByRole('dialog').getByText('Deutsch')).toHaveAttribute('lang', 'de');
});

test.describe('3.1.2: languages', () => {
  test.use({ model: 'sim:text=echo,rate=150' });

  test('are told by what is said, to who has it read out too', async ({ chat, page }) => {
    const question = page.locator('.question > div').last();
    const answer = page.locator('.answer .text > .blocks').last();
    const said = {
      de: 'Der Fluss läuft zum Meer, und niemand hat ihn je gefragt, warum er das tut.',
      fr: 'La rivière court vers la mer, et personne ne lui a jamais demandé pourquoi.',
    };
    for (const [code, text] of Object.entries(said)) {
      await chat.ask(Array(8).fill(text).join('\n\n'));
      await expect(question).toHaveAttribute('lang', code);
      // While it comes.
      await expect(answer).toHaveAttribute('lang', code);
      await chat.ended();
      const spoken = page.locator('#spoken p');
      await expect(spoken.filter({ hasText: text }).last()).toHaveAttribute('lang', code);
      await expect(spoken.last()).not.toHaveAttribute('lang');
      await page.reload();
      await chat.awake();
      await expect(question).toHaveAttribute('lang', code);
      await expect(answer).toHaveAttribute('lang', code);
    }
    // A word tells nothing, and nothing is said then.
    await chat.ask('OK');
    await chat.ended();
    await expect(answer).not.toHaveAttribute('data-finish');
    await expect(answer).toHaveAttribute('lang', '');
  });

  test('are told of an answer that is had at the second attempt, and not by its files', async ({ chat, page, ollama }) => {
    await ollama.goAway();
    const text = Array(3).fill('Der Fluss läuft zum Meer, und niemand hat ihn je gefragt.').join('\n\n');
    const file = Array(20).fill('The river runs to the sea, and nobody has ever asked it why it does so.').join('\n');
    await chat.ask(`${text}\n\n\`sea.txt\`:\n\`\`\`txt\n${file}\n\`\`\`\n`);
    await chat.ended();
    const answer = page.locator('.answer .text > .blocks').last();
    await expect(answer).toHaveAttribute('lang', '');
    await ollama.comeBack();
    await chat.answers.getByRole('button', { name: 'Retry' }).click();
    await expect(page.locator('.question > div')).toHaveAttribute('lang', 'de');
    await chat.begun();
    await chat.ended();
    await expect(answer).toHaveAttribute('lang', 'de');
  });
});

test('1.4.13, 2.5.2: nothing moves by hovering, and nothing is done by pressing alone', async ({ chat, page }) => {
  await chat.ask('Once');
  await chat.ended();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const again = chat.answers.getByRole('button', { name: 'Answer again' });
  const { x, y, width, height } = (await again.boundingBox())!;
  // What one goes over stays where it is, and so does all around it.
  const places = () =>
    page.evaluate(() => [...document.querySelectorAll('.answer .blocks > *, .question, .composer')].map((it) => it.getBoundingClientRect().top));
  await page.mouse.move(5, 5);
  const before = await places();
  await page.mouse.move(x + width / 2, y + height / 2);
  expect(await places()).toEqual(before);
  // Down on it, away from it, up: no. Down and up: yes.
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y - 200);
  await page.mouse.up();
  await chat.drawn();
  expect(asked.filter((path) => path === '/api/ask')).toEqual([]);
  await again.click();
  await expect(chat.answers.getByText('2 / 2')).toBeVisible();
  expect(asked.filter((path) => path === '/api/ask')).toHaveLength(1);
});
