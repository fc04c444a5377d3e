// A long answer: the document has what can be looked at, and what is far from it as text.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/house';

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
