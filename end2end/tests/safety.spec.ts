// What a model says never becomes more than text and looks: hostile answers in a real browser.
import { readFileSync } from 'node:fs';
import { Chat, expect, test } from '../support/house';
import { Guarded } from '../support/guarded';

const VECTORS: string[] = JSON.parse(readFileSync(new URL('../xss.json', import.meta.url), 'utf8'));

/** A list in pieces of at most so many. */
function pieces<T>(list: T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most));
}

test.use({ model: 'sim:text=echo,rate=4000' });

test('there are enough of them, and each is another', () => {
  expect(new Set(VECTORS).size).toBe(VECTORS.length);
  expect(VECTORS.length).toBeGreaterThanOrEqual(220);
});

// Each in an answer of its own, as the server draws it.
for (const [number, some] of pieces(VECTORS, 100).entries()) {
  test(`nothing gets out of a chat that is opened, ${number + 1}`, async ({ page, brooklet }) => {
    let chat: string | undefined;
    let parent: string | undefined;
    for (const text of some) {
      const response = await fetch(`${brooklet.url}/api/ask`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chat, parent, text, model: 'sim:text=echo' }),
      });
      expect(response.status, text.slice(0, 200)).toBe(200);
      const asked: { chat: string; answer: string; generation: string } = await response.json();
      [chat, parent] = [asked.chat, asked.answer];
      // Its stream ends with it.
      await (await fetch(`${brooklet.url}/api/follow?generation=${asked.generation}`)).text();
    }
    const guarded = await Guarded.watch(page, brooklet.url);
    await page.goto(`${brooklet.url}/c/${chat}`);
    expect(await guarded.wrong()).toEqual([]);
    await new Chat(page).awake();
    await expect(page.getByRole('article', { name: 'Answer' }).last()).toBeVisible();
    expect(await guarded.wrong()).toEqual([]);
    // What lies in wait for a pointer or for the focus.
    await page.evaluate(() => {
      for (const element of document.querySelectorAll('.answer .text *')) {
        for (const name of ['mouseover', 'mouseenter', 'pointerenter', 'focus', 'focusin', 'toggle', 'animationstart']) {
          element.dispatchEvent(new Event(name, { bubbles: true }));
        }
      }
    });
    expect(await guarded.wrong()).toEqual([]);
  });
}

// A few in one answer, while it comes; the longest take too long for that.
const SHORT = VECTORS.filter((text) => text.length < 1000);
for (const [number, some] of pieces(SHORT, Math.ceil(SHORT.length / 4)).entries()) {
  test(`nothing gets out while it comes, ${number + 1}`, async ({ page, brooklet }) => {
    const guarded = await Guarded.watch(page, brooklet.url);
    const chat = new Chat(page);
    await chat.open(brooklet.url);
    for (const [count, few] of pieces(some, 8).entries()) {
      await chat.ask(`Say:\n\n${few.join('\n\n')}`);
      await expect(chat.answers).toHaveCount(count + 1);
      await chat.ended();
      expect(await guarded.wrong(), few.join('\n\n')).toEqual([]);
    }
  });
}

test.describe('said slowly', () => {
  test.use({ model: 'sim:text=echo,rate=300' });

  test('half a tag is no tag either', async ({ page, brooklet }) => {
    const guarded = await Guarded.watch(page, brooklet.url);
    const chat = new Chat(page);
    await chat.open(brooklet.url);
    const some = ['<img src=x onerror=__hit()>', '[click](javascript:__hit())', '```"><img src=x onerror=__hit()>\nx\n```'];
    await chat.ask(`Say:\n\n${some.join('\n\n')}`);
    const busy = async () => (await chat.answers.last().getAttribute('aria-busy')) === 'true';
    do {
      expect(await guarded.wrong()).toEqual([]);
    } while (await busy());
    expect(await guarded.wrong()).toEqual([]);
  });
});
