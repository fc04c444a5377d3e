// A long answer: the document has what can be looked at, and what is far from it as text.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';

const FENCE = '```';

test.use({ model: 'sim:text=markdown,tokens=12000,rate=6000', viewport: { width: 1024, height: 600 } });

/** How many nodes the answer has in the document, how high all is, and how much of it stands aside. */
function state(page: Page, paper = false) {
  return page.evaluate((paper) => {
    // For paper all of it is there, until somebody looks at the page again.
    if (paper) window.dispatchEvent(new Event('beforeprint'));
    const main = document.querySelector('main')!;
    const blocks = document.querySelector('.answer .text .blocks')!;
    const walk = document.createTreeWalker(blocks);
    let nodes = 0;
    while (walk.nextNode()) nodes += 1;
    return { nodes, height: main.scrollHeight, far: blocks.querySelectorAll(':scope > .far').length };
  }, paper);
}

/** Scrolls there, and waits until what is to be seen is. */
async function scrollTo(page: Page, place: number): Promise<void> {
  await page.evaluate((place) => void (document.querySelector('main')!.scrollTop = place), place);
  await expect
    .poll(() =>
      page.evaluate(() => {
        const frame = document.querySelector('main')!.getBoundingClientRect();
        const isSeen = (element: Element) => {
          const { top, bottom } = element.getBoundingClientRect();
          return bottom > frame.top && top < frame.bottom;
        };
        return [...document.querySelectorAll('.blocks > .far')].filter(isSeen).length;
      }),
    )
    .toBe(0);
}

test('what is far is text, and is itself again where one looks', async ({ chat, page, ollama, model }) => {
  await chat.ask('Tell me a long story');
  await chat.ended();
  await expect.poll(async () => (await state(page)).far).toBeGreaterThan(3);
  const end = await state(page);
  // What the browser's search finds and a screen reader reads is all there: word by word, whatever is between them.
  const letters = (text: string) => text.replace(/[^\p{L}]/gu, '');
  const { content } = await ollama.said(model);
  const text = await chat.answers.last().locator('.text').evaluate((element) => {
    const copy = element.cloneNode(true) as Element;
    for (const added of copy.querySelectorAll('figcaption')) added.remove();
    return copy.textContent!;
  });
  expect(letters(text)).toBe(letters(content.replace(/^```\w*$/gm, '').replace(/\]\([^)]*\)/g, '')));

  // Everywhere one looks there are blocks, as high as their text was, and no more of them.
  const most = [end.nodes];
  for (let place = end.height; place > 0; place -= 1500) {
    await scrollTo(page, place);
    const now = await state(page);
    expect(Math.abs(now.height - end.height)).toBeLessThan(3);
    most.push(now.nodes);
  }
  const whole = await state(page, true);
  expect(whole.far).toBe(0);
  expect(Math.max(...most)).toBeLessThan(whole.nodes / 2);
});

test("the browser's own search finds what is far, and what it is to mark stays", async ({ chat, page }) => {
  await chat.ask('Tell me a long story');
  await chat.ended();
  await expect.poll(async () => (await state(page)).far).toBeGreaterThan(3);
  const blocks = chat.answers.last().locator('.text .blocks');
  // Words that stand in the middle of what stands aside, and nowhere else.
  const wanted = await blocks.evaluate((blocks) => {
    const text = blocks.querySelectorAll(':scope > .far')[1].textContent!;
    const all = blocks.textContent!;
    return text.match(/\w+ \w+ \w+ \w+ \w+/g)!.find((it) => all.indexOf(it) === all.lastIndexOf(it))!;
  });
  // Without a window there is no bar to search in: this is what it does.
  const find = (wanted: string) =>
    page.evaluate((wanted) => {
      getSelection()!.removeAllRanges();
      return (window as unknown as { find(text: string, matchCase: boolean): boolean }).find(wanted, true);
    }, wanted);
  expect(await find(wanted)).toBe(true);
  for (const key of ['Control+f', 'Meta+g', 'F3']) {
    await page.keyboard.press(key);
    expect((await state(page)).far).toBe(0);
    expect(await find(wanted)).toBe(true);
    const found = await page.evaluateHandle(() => getSelection()!.getRangeAt(0).startContainer.parentElement!);
    await found.evaluate((it) => it.scrollIntoView());
    await chat.drawn();
    expect(await found.evaluate((it) => it.isConnected)).toBe(true);
    await expect(blocks.locator(':scope > *').filter({ hasText: wanted })).toBeInViewport();
    expect((await state(page)).far).toBe(0);
    // Who does something else does not search any more.
    await page.keyboard.press('Shift');
    expect((await state(page)).far).toBe(0);
    await chat.question.press('a');
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(3);
  }
});

test('what was done to a block far away is done, and what is selected stays', async ({ chat, page }) => {
  await chat.ask('Tell me a long story');
  await chat.ended();
  await scrollTo(page, 0);
  const figure = chat.answers.last().locator('figure.code').first();
  await figure.getByRole('button', { name: 'Wrap' }).click();
  await figure.evaluate((element) => Object.assign(window, { mine: element }));
  // What has the focus stays.
  await chat.question.focus();
  await scrollTo(page, 1e6);
  await expect.poll(() => page.evaluate(() => (window as any).mine.isConnected)).toBe(false);
  await scrollTo(page, 0);
  await expect(figure.getByRole('button', { name: 'Wrap' })).toHaveAttribute('aria-pressed', 'true');
  expect(await figure.evaluate((element) => element === (window as any).mine)).toBe(true);

  await figure.evaluate((element) => getSelection()!.selectAllChildren(element.querySelector('code')!));
  await scrollTo(page, 1e6);
  await expect.poll(async () => (await state(page)).far).toBeGreaterThan(3);
  expect(await page.evaluate(() => (window as any).mine.isConnected && getSelection()!.toString().length > 20)).toBe(true);
});

test.describe('what is said exactly', () => {
  test.use({ model: 'sim:text=echo,rate=4000' });

  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
  const whole = (page: Page) =>
    page.evaluate(() => {
      window.dispatchEvent(new Event('beforeprint'));
      const blocks = document.querySelectorAll('.answer .text .blocks > *');
      return [...blocks].map((it) => `${it.localName} ${it.textContent}`);
    });
  const toAnswer = async (page: Page) =>
    scrollTo(page, await page.locator('.answer').evaluate((element: HTMLElement) => element.offsetTop));

  test('is whole though formulas are at the edges of what is far', async ({ chat, page }) => {
    // Blocks that are replaced as a whole: as the first of eight, as the last, as both.
    const isFormula = (at: number) => (at % 8 === 0 && at % 24 !== 8) || (at % 8 === 7 && at % 24 !== 7);
    const blocks = numbers(240).map((at) => (isFormula(at) ? `$$\nx_{${at}}\n$$` : `The brook at its stone number ${at}.`));
    await chat.ask(blocks.join('\n\n'));
    await chat.ended();
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(15);
    await toAnswer(page);
    await scrollTo(page, 1e6);
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(15);
    const said = numbers(240).map((at) => (isFormula(at) ? `math x${at}` : `p The brook at its stone number ${at}.`));
    await expect.poll(() => whole(page)).toEqual(said);
  });

  test('is finished though it stands aside when that comes', async ({ chat, page }) => {
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    await page.route('**/api/finish', async (route) => {
      await held;
      await route.continue();
    });
    const formula = (at: number) => at % 8 === 0 || at % 8 === 3;
    await chat.ask(numbers(240).map((at) => (formula(at) ? `$$\nx_{${at}}\n$$` : `The brook at $y_{${at}}$.`)).join('\n\n'));
    await chat.ended();
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(15);
    expect(await page.locator('.answer math').count()).toBe(0);
    const answered = page.waitForResponse('**/api/finish');
    go();
    await answered;
    await chat.drawn();
    expect((await state(page)).far).toBeGreaterThan(15);
    const drawn = () =>
      page.evaluate(() => {
        window.dispatchEvent(new Event('beforeprint'));
        return ['math', '[data-finish]'].map((what) => document.querySelectorAll(`.answer ${what}`).length);
      });
    await expect.poll(drawn).toEqual([240, 0]);
    // And the page does whatever else it is asked for.
    await chat.ask('And now?');
    await chat.ended();
  });

  test('keeps its words apart, its heights, and how far it was scrolled', async ({ chat, page }) => {
    const wide = 'let brook = "between the stones"; '.repeat(9);
    const some = ['- one\n- two', '| a | b |\n|--|--|\n| three | four |', `${FENCE}rust\n${wide}\n${FENCE}`];
    const more = [`- five\n\n  ${FENCE}rust\n  six\n  ${FENCE}\n\n  seven`, '> eight\n>\n> nine', '# Ten', 'Eleven.', '---'];
    const blocks = numbers(24).flatMap(() => [...some, ...more]);
    await chat.ask(blocks.join('\n\n'));
    await chat.ended();
    const code = page.locator('.answer figure.code > pre').first();
    await toAnswer(page);
    await code.evaluate((element) => void (element.scrollLeft = 99));
    const { height } = await state(page, true);
    await scrollTo(page, 1e6);
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(9);
    expect(Math.abs((await state(page)).height - height)).toBeLessThan(3);
    const text = await page.locator('.blocks > .far').first().evaluate((element) => element.textContent!);
    expect(text.match(/\w+/g)).toEqual(
      ['one', 'two', 'a', 'b', 'three', 'four', ...wide.match(/\w+/g)!, 'five', 'six', 'seven', 'eight', 'nine', 'Ten', 'Eleven'],
    );
    await toAnswer(page);
    expect(await code.evaluate((element) => element.scrollLeft)).toBe(99);
  });

  test('is as high as it would be when the window has another width', async ({ chat, page }) => {
    const blocks = numbers(200).map((at) => `The brook at its stone number ${at}. `.repeat(9));
    await chat.ask(blocks.join('\n\n'));
    await chat.ended();
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(9);
    const first = () => page.evaluate(() => document.querySelector('.blocks > .far')?.clientHeight ?? 0);
    const before = await first();
    await page.setViewportSize({ width: 400, height: 600 });
    // Until the page has heard of it they stand as high as they were.
    await expect.poll(first).toBeGreaterThan(before);
    await expect.poll(async () => (await state(page)).far).toBeGreaterThan(9);
    const { height } = await state(page);
    const whole = await state(page, true);
    expect(whole.far).toBe(0);
    expect(Math.abs(height - whole.height)).toBeLessThan(3);
  });
});
