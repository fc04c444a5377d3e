// Where one reads: at the bottom, which is followed, or somewhere above, where one is left alone.
import type { APIRequestContext } from '@playwright/test';
import { type Chat, expect, test } from '../support/house';

/** Where the transcript is scrolled to, and how far its bottom is from there. */
async function place(chat: Chat): Promise<{ top: number; below: number }> {
  return chat.transcript.evaluate((box) => ({
    top: box.scrollTop,
    below: Math.round(box.scrollHeight - box.clientHeight - box.scrollTop),
  }));
}

async function isAtBottom(chat: Chat): Promise<void> {
  await expect.poll(async () => (await place(chat)).below).toBeLessThanOrEqual(8);
}

/** Waits until the answer has so many letters more. */
async function grown(chat: Chat, more = 300): Promise<void> {
  const before = (await chat.read()).length;
  await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(before + more);
}

/** A chat of so many questions, each with an answer; gives its address. */
async function long(request: APIRequestContext, url: string, model: string, questions: number): Promise<string> {
  let chat: string | undefined;
  let parent: string | undefined;
  for (let at = 0; at < questions; at += 1) {
    const asked = await request.post(`${url}/api/ask`, { data: { chat, parent, text: `Question ${at}.`, model } });
    const begun = await asked.json();
    ({ chat, answer: parent } = begun);
    // The whole stream: then it has ended.
    await (await request.get(`${url}/api/follow?generation=${begun.generation}`)).text();
  }
  return `${url}/c/${chat}`;
}

test.describe('while an answer comes', () => {
  test.use({ model: 'sim:tokens=6000,rate=200', viewport: { width: 800, height: 500 } });

  test('the bottom is followed, until one goes up, and again from there on', async ({ chat, page }) => {
    await chat.ask('Go on');
    await chat.begun(2000);
    await isAtBottom(chat);
    await chat.transcript.hover();
    await page.mouse.wheel(0, -60);
    const latest = page.getByRole('button', { name: 'Jump to latest' });
    await expect(latest).toBeVisible();
    const { top } = await place(chat);
    await grown(chat);
    expect((await place(chat)).top).toBe(top);
    await expect(page.getByRole('button', { name: /Jump to latest *\(there is more\)/ })).toBeVisible();
    await latest.click();
    await expect(latest).toBeHidden();
    await grown(chat);
    await isAtBottom(chat);
  });

  test('what is being selected stays where it is', async ({ chat, page }) => {
    await chat.ask('Go on');
    await chat.begun(2000);
    await isAtBottom(chat);
    const block = chat.answers.locator('.text .blocks > *').nth(-2);
    await block.evaluate((element) => getSelection()!.selectAllChildren(element));
    const { top } = await place(chat);
    const selected = await page.evaluate(() => getSelection()!.toString());
    await grown(chat);
    expect((await place(chat)).top).toBe(top);
    expect(await page.evaluate(() => getSelection()!.toString())).toBe(selected);
    await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  });
});

test.describe('a fold at the bottom', () => {
  test.use({ model: 'sim:tokens=60,thinking=400,rate=2000', viewport: { width: 800, height: 500 } });

  test('opens downwards', async ({ chat }) => {
    await chat.ask('Why?');
    await chat.ended();
    await isAtBottom(chat);
    const summary = chat.answers.locator('details.thinking > summary');
    const before = (await summary.boundingBox())!.y;
    await summary.click();
    await expect(chat.answers.locator('details.thinking')).toHaveAttribute('open');
    await expect.poll(async () => (await place(chat)).below).toBeGreaterThan(100);
    expect(Math.abs((await summary.boundingBox())!.y - before)).toBeLessThan(2);
  });
});

test.describe('at the bottom', () => {
  test.use({ model: 'sim:tokens=300,rate=2000', viewport: { width: 800, height: 500 } });

  test('one stays, whatever goes and comes between two frames', async ({ chat }) => {
    await chat.ask('Go on');
    await chat.ended();
    const lay = (heights: number[]): Promise<void> =>
      chat.transcript.evaluate((box, heights) => {
        const list = box.querySelector('.messages')!;
        const spacer = (list.querySelector('.spacer') ?? list.appendChild(document.createElement('div'))) as HTMLElement;
        spacer.className = 'spacer';
        for (const height of heights) {
          spacer.style.height = `${height}px`;
          // Has it laid out, as a focus that is set does: a shorter page takes what is seen up with it.
          box.scrollHeight;
        }
      }, heights);
    await lay([200]);
    await isAtBottom(chat);
    await lay([0, 120]);
    await isAtBottom(chat);
    await lay([0, 160]);
    await isAtBottom(chat);
    await expect(chat.page.getByRole('button', { name: 'Jump to latest' })).toBeHidden();
  });
});

test.describe('in a chat of two hundred messages', () => {
  test.use({ model: 'sim:tokens=40,rate=20000', viewport: { width: 800, height: 600 } });

  test('the earlier ones come when they are reached, and nothing jumps', async ({ chat, page, request, brooklet, model }) => {
    await chat.open(await long(request, brooklet.url, model, 100));
    await isAtBottom(chat);
    await expect(chat.questions).toHaveCount(20);
    await chat.transcript.hover();
    for (let loaded = 20; loaded < 100; loaded += 20) {
      // One more is seen, and stays under the eyes while those before it come.
      const first = chat.questions.first();
      const name = (await first.textContent())!;
      await first.scrollIntoViewIfNeeded();
      await page.mouse.wheel(0, -1);
      await expect(chat.questions).toHaveCount(loaded + 20);
      const again = chat.questions.filter({ hasText: name });
      await expect(again).toBeInViewport();
    }
    await expect(page.getByRole('button', { name: 'Show earlier messages' })).toBeHidden();
    const texts = await chat.questions.allTextContents();
    expect(texts).toEqual(Array.from({ length: 100 }, (_, at) => `Question ${at}.`));
    // The browser's own search finds what is far from sight.
    const found = await page.evaluate(() => (window as any).find('Question 42.', true, false, true));
    expect(found).toBe(true);
    const within = await page.evaluate(() => getSelection()!.anchorNode!.parentElement!.textContent);
    expect(within).toBe('Question 42.');
  });

  test('one is where one was after a reload, and when one comes back', async ({ chat, page, request, brooklet, model }) => {
    const url = await long(request, brooklet.url, model, 40);
    await chat.open(url);
    await isAtBottom(chat);
    // Far enough up that it is not on the page at first.
    const sought = chat.questions.filter({ hasText: 'Question 12.' });
    await chat.transcript.hover();
    while ((await sought.count()) === 0) {
      await page.mouse.wheel(0, -3000);
      await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
    }
    await sought.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
    // What comes near gets its height, and what is before it makes room.
    const still = async () => {
      const at = async () => (await sought.boundingBox())!.y;
      const before = await at();
      await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
      return (await at()) - before;
    };
    await expect.poll(still).toBe(0);
    const before = (await sought.boundingBox())!.y;
    const isThere = async () => {
      await expect(sought).toBeInViewport();
      await expect.poll(async () => Math.abs((await sought.boundingBox())!.y - before)).toBeLessThan(3);
    };
    await page.reload();
    await chat.awake();
    await isThere();
    await page.getByRole('button', { name: 'New chat' }).click();
    await expect(chat.questions).toHaveCount(0);
    await page.goBack();
    await isThere();
    // Who is at the bottom is there again, too.
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await page.reload();
    await chat.awake();
    await isAtBottom(chat);
  });
});
