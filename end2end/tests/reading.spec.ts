// Where one reads: following the bottom, scrolling away from it, and coming back.
import type { Locator } from '@playwright/test';
import { expect, test } from '../support/house';

test.use({ model: 'sim:tokens=3000,rate=200', viewport: { width: 1024, height: 600 } });

/** Pixels between what is seen and the bottom. */
function below(box: Locator): Promise<number> {
  return box.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
}

test('an answer is followed unless the reader has scrolled up', async ({ chat, page }) => {
  await chat.ask('Tell me a long story');
  await chat.begun(3000);
  expect(await below(chat.transcript)).toBeLessThan(4);
  const latest = page.getByRole('button', { name: 'Jump to latest' });
  await expect(latest).toBeHidden();

  await chat.transcript.hover();
  await page.mouse.wheel(0, -400);
  await expect(latest).toBeVisible();
  const place = await chat.transcript.evaluate((element) => element.scrollTop);
  const length = (await chat.read()).length;
  await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(length + 500);
  expect(await chat.transcript.evaluate((element) => element.scrollTop)).toBe(place);

  await latest.click();
  await expect(latest).toBeHidden();
  const now = (await chat.read()).length;
  await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(now + 500);
  expect(await below(chat.transcript)).toBeLessThan(4);
});

test('closed blocks of an answer are never touched again', async ({ chat }) => {
  await chat.ask('Tell me a long story');
  await chat.begun(4000);
  await chat.page.evaluate(() => {
    // It may be far from sight by now: for paper it is there.
    window.dispatchEvent(new Event('beforeprint'));
    const element = document.querySelector('.answer .text .blocks')!.firstElementChild!;
    const { mutations } = Object.assign(window, { mine: element, mutations: [] as MutationRecord[] });
    new MutationObserver((seen) => mutations.push(...seen)).observe(element, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  await chat.begun(8000);
  const after = await chat.page.evaluate(() => {
    window.dispatchEvent(new Event('beforeprint'));
    const { mine, mutations } = window as any;
    return { same: document.querySelector('.answer .text .blocks')!.firstElementChild === mine, mutations: mutations.length };
  });
  expect(after).toEqual({ same: true, mutations: 0 });
});
