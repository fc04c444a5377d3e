// Markdown as a person sees it come: what is shown while it is half there, what stays, what can be pressed.
import { readFileSync } from 'node:fs';
import type { Locator } from '@playwright/test';
import { type Chat, expect, test } from '../support/house';
import { RICH } from '../support/rich';

test.use({ model: 'sim:text=echo,rate=2000' });

const FENCE = '```';

/** Notes the HTML of the last answer's text each time something changes in it. */
async function record(chat: Chat): Promise<() => Promise<string[]>> {
  await chat.page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    new MutationObserver(() => {
      const text = [...document.querySelectorAll('.answer .text')].at(-1);
      if (text && shown.at(-1) !== text.innerHTML) shown.push(text.innerHTML);
    }).observe(document.querySelector('main')!, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  return () => chat.page.evaluate(() => (window as unknown as { shown: string[] }).shown);
}

async function say(chat: Chat, text: string): Promise<Locator> {
  await chat.ask(text);
  await chat.ended();
  return chat.answers.last().locator('.text');
}

test.describe('while it comes', () => {
  // Slow enough for a busy machine to draw most of what there is to see.
  test.use({ model: 'sim:text=echo,rate=25' });

  test('code is code while its fence is open', async ({ chat }) => {
    const shown = await record(chat);
    const text = await say(chat, `Look:\n\n${FENCE}rust\nfn main() {\n    println!("hello");\n    println!("more");\n}\n${FENCE}`);
    await expect(text).not.toContainText('`');
    const half = (await shown()).filter((html) => html.includes('fn main') && !html.includes('more'));
    expect(half.length).toBeGreaterThan(2);
    expect(half.filter((html) => !/<figure class="code" dir="ltr" data-language="rust">.*<code[^>]*>.*fn main/s.test(html))).toEqual([]);
  });

  test('no marks flash, and half a link is text', async ({ chat }) => {
    const shown = await record(chat);
    const text = await say(chat, 'This is **really bold** and *soft* and `code`. A [good link](https://example.com/a) too.');
    await expect(text.locator('strong')).toHaveText('really bold');
    await expect(text.locator('a')).toHaveAttribute('href', 'https://example.com/a');
    const states = await shown();
    expect(states.length).toBeGreaterThan(9);
    expect(states.filter((html) => /\*|`|\]\(|\[good/.test(html))).toEqual([]);
    // The link is text until it leads somewhere.
    expect(states.some((html) => html.includes('good') && !html.includes('<a'))).toBe(true);
    expect(states.filter((html) => /href="https:\/\/exam[^"]*"/.test(html) && !html.includes('"https://example.com/a"'))).toEqual([]);
  });

  test('a table is one from its header on', async ({ chat }) => {
    const shown = await record(chat);
    const text = await say(chat, '| Brook | Length |\n|:--|--:|\n| Windle | 12 km |\n| Otter | 7 km |\n');
    await expect(text.locator('th')).toHaveText(['Brook', 'Length']);
    await expect(text.locator('tbody tr')).toHaveCount(2);
    const states = await shown();
    expect(states.some((html) => html.includes('<th') && !html.includes('Windle'))).toBe(true);
    expect(states.filter((html) => html.includes('Windle') && !html.includes('<table>'))).toEqual([]);
  });

  test('what is closed is not touched again, and a selection in it stays', async ({ chat, page }) => {
    const more = 'and the brook goes on between the stones. '.repeat(4);
    await chat.ask(`The first paragraph stays.\n\n- one\n- two\n\n${FENCE}rust\nlet a = 1;\n${FENCE}\n\nMore: ${more}\n\n${more}`);
    const first = chat.answers.last().locator('.text .blocks > :first-child');
    await expect(chat.answers.last().locator('.text')).toContainText('More:');
    await first.evaluate((element) => {
      const selection = getSelection()!;
      selection.selectAllChildren(element);
      const touched: string[] = [];
      Object.assign(window, { touched, kept: element });
      new MutationObserver((changes) => touched.push(...changes.map((change) => change.type))).observe(element, {
        childList: true,
        subtree: true,
        characterData: true,
        attributes: true,
      });
    });
    await chat.ended();
    const after = await page.evaluate(() => {
      const { touched, kept } = window as unknown as { touched: string[]; kept: Element };
      const first = document.querySelector('.answer .text .blocks')!.firstElementChild;
      return { touched, same: first === kept, selected: getSelection()!.toString().trim() };
    });
    expect(after).toEqual({ touched: [], same: true, selected: 'The first paragraph stays.' });
  });
});

test.describe('what is finished', () => {
  test.use({ model: 'sim:text=echo,rate=50' });
  const more = 'And the brook goes on between the stones.\n'.repeat(6);
  const busy = async (chat: Chat) => (await chat.answers.last().getAttribute('aria-busy')) === 'true';

  /** Waits for the colours of code, and remembers these elements as they are now. */
  async function keep(chat: Chat, ...elements: Locator[]): Promise<() => Promise<boolean[]>> {
    await expect(chat.answers.last().locator('figure.code span[class]:not(.language)').first()).toBeAttached();
    await chat.page.evaluate(() => Object.assign(window, { kept: [] }));
    for (const element of elements) {
      await element.evaluate((element) => void (window as any).kept.push({ element, html: element.outerHTML }));
    }
    return () =>
      chat.page.evaluate(() => (window as any).kept.map((it: any) => it.element.isConnected && it.element.outerHTML === it.html));
  }

  test('stays so when a later line changes what is before it', async ({ chat }) => {
    await chat.ask(`See [docs].\n\n${FENCE}rust\nlet a = 1;\n${FENCE}\n\n$$\nx^2\n$$\n\n${more}\n\n[docs]: https://x.example/`);
    const text = chat.answers.last().locator('.text');
    await expect(text.locator('math')).toHaveCount(1);
    const kept = await keep(chat, text.locator('figure.code'), text.locator('math'));
    expect(await busy(chat)).toBe(true);
    await expect(text.locator('a[href="https://x.example/"]')).toHaveText('docs');
    await chat.ended();
    expect(await kept()).toEqual([true, true]);
  });

  test('is had again where it was made anew while it was under way', async ({ chat, page }) => {
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    let asked = 0;
    await page.route('**/api/finish', async (route) => {
      // The first answer comes when its block is another one.
      if (asked++ === 0) await held;
      await route.continue();
    });
    await chat.ask(`An $x^2$, see [docs].\n\n${more}\n\n[docs]: https://x.example/`);
    const text = chat.answers.last().locator('.text');
    await expect.poll(() => asked).toBe(1);
    expect(await text.locator('a[href="https://x.example/"]').count()).toBe(0);
    await expect(text.locator('a[href="https://x.example/"]')).toHaveText('docs');
    await chat.ended();
    const answered = page.waitForResponse('**/api/finish');
    go();
    await answered;
    await expect(text.locator('math')).toHaveCount(1);
    await expect(text.locator('[data-finish]')).toHaveCount(0);
  });

  test('is so in an item before its list ends', async ({ chat }) => {
    await chat.ask(`1. First\n\n   ${FENCE}rust\n   let a = 1;\n   ${FENCE}\n\n2. $x$\n3. Third\n${more}`);
    const text = chat.answers.last().locator('.text');
    await expect(text.locator('math')).toHaveCount(1);
    const kept = await keep(chat, text.locator('li').nth(0), text.locator('li').nth(1));
    expect(await busy(chat)).toBe(true);
    await chat.ended();
    expect(await kept()).toEqual([true, true]);
  });

  test('stays so when the answer goes on, and when it was drawn by the server', async ({ chat, page }) => {
    const text = chat.answers.last().locator('.text');
    await chat.ask(`${FENCE}rust\nlet a = 1;\n${FENCE}\n\n$$\nx^2\n$$\n\nSo $y$.\n\n${more}${more}${more}`);
    await expect(text.locator('math')).toHaveCount(2);
    for (const drawn of ['here', 'there']) {
      await chat.stop.click();
      await chat.ended();
      if (drawn === 'there') {
        await page.reload();
        await chat.awake();
      }
      const kept = await keep(chat, text.locator('figure.code'), text.locator('math').nth(0), text.locator('math').nth(1));
      const length = (await chat.read()).length;
      await chat.answers.getByRole('button', { name: 'Continue' }).click();
      await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(length);
      expect(await kept(), drawn).toEqual([true, true, true]);
    }
  });
});

test('what is selected is finished later, and what follows is not held up', async ({ chat, page }) => {
  let go = () => {};
  const selected = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/api/finish', async (route) => {
    await selected;
    await route.continue();
  });
  await chat.ask(`- ${FENCE}rust\n  let a = 1;\n  ${FENCE}\n- ${FENCE}rust\n  let b = 2;\n  ${FENCE}`);
  await chat.ended();
  const code = chat.answers.last().locator('figure.code code');
  await code.first().evaluate((element) => getSelection()!.selectAllChildren(element));
  go();
  await expect(code.last().locator('span[class]').first()).toBeAttached();
  await expect(code.first().locator('span[class]')).toHaveCount(0);
  await page.evaluate(() => getSelection()!.removeAllRanges());
  await expect(code.first().locator('span[class]').first()).toBeAttached();
});

test.describe('a tool', () => {
  test.use({ model: 'sim:tokens=9,rate=100,tool' });

  test('that was called is named, with what it was called with', async ({ chat, page }) => {
    await chat.ask('What is the weather?');
    await chat.ended();
    const call = chat.answers.last().locator('.calls details');
    const look = async () => {
      await expect(call).toHaveCount(1);
      await expect(call.locator('summary')).toHaveText('Called get_weather');
      await expect(call.locator('pre')).toBeHidden();
      await call.locator('summary').click();
      await expect(call.locator('pre')).toHaveText('{ "city": "Paris" }');
    };
    await look();
    // From history it is the same, and its text travels once.
    const document = await page.reload();
    await chat.awake();
    await look();
    expect((await document!.text()).split('Paris').length).toBe(2);
  });
});

test.describe('code', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('gets its colours, and can be copied, wrapped and downloaded', async ({ chat, page }) => {
    const source = 'fn main() {\n    let answer = "a < b & c";\n}';
    const text = await say(chat, `${FENCE}rust\n${source}\n${FENCE}`);
    const figure = text.locator('figure.code');
    await expect(figure.locator('code span[class]').first()).toBeAttached();
    expect(await figure.locator('code').evaluate((code) => code.textContent)).toBe(source);
    await figure.hover();
    const labels = await figure.getByRole('button', { name: 'Copy' }).evaluateHandle((button) => {
      const labels: string[] = [];
      new MutationObserver(() => labels.push(button.textContent!)).observe(button, { childList: true });
      return labels;
    });
    await figure.getByRole('button', { name: 'Copy' }).click();
    await expect(figure.getByRole('button', { name: 'Copied' })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(source);
    // However often it is pressed, it says for a moment alone that it has been.
    await figure.getByRole('button', { name: 'Copied' }).click();
    await expect.poll(() => labels.jsonValue()).toEqual(['Copied', 'Copied', 'Copy', 'Copy']);
    const wrap = figure.getByRole('button', { name: 'Wrap' });
    await wrap.click();
    await expect(wrap).toHaveAttribute('aria-pressed', 'true');
    expect(await figure.locator('pre').evaluate((pre) => getComputedStyle(pre.querySelector('code')!).whiteSpace)).toMatch(/wrap/);
    await wrap.click();
    await expect(wrap).toHaveAttribute('aria-pressed', 'false');
    const download = page.waitForEvent('download');
    await figure.getByRole('button', { name: 'Download' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('code.rs');
    expect(readFileSync((await file.path())!, 'utf8')).toBe(source);
  });

  test('that is long is folded in what was said before, and not under the eyes of who sees it come', async ({ chat, page }) => {
    const lines = Array.from({ length: 80 }, (_, at) => `let line_${at} = ${at};`);
    const text = await say(chat, `${FENCE}rust\n${lines.join('\n')}\n${FENCE}`);
    const [first, last] = ['line_0 ', 'line_79'].map((word) => text.locator('code').getByText(word).first());
    const figure = text.locator('figure.code');
    await expect(figure).not.toHaveClass(/folded/);
    const whole = (await figure.boundingBox())!.height;
    await page.reload();
    await chat.awake();
    await expect(figure).toHaveClass(/folded/);
    expect((await figure.boundingBox())!.height).toBeLessThan(whole / 2);
    await expect(first).toBeVisible();
    await figure.getByRole('button', { name: 'Show all 80 lines' }).click();
    expect((await figure.boundingBox())!.height).toBeGreaterThan(whole - 8);
    await expect(last).toBeInViewport();
  });

  test('of no language is plain, and hidden characters are seen', async ({ chat }) => {
    const text = await say(chat, `${FENCE}\na\u202eb\n${FENCE}`);
    await expect(text.locator('.language')).toHaveText('text');
    await expect(text.locator('.hidden-char')).toHaveAttribute('title', 'U+202E');
  });
});

test('formulas are drawn, prices are prices, and what is no formula stays', async ({ chat }) => {
  const text = await say(chat, 'So $x^2 + 1$ and \\(y_1\\).\n\n$$\n\\frac{a}{b}\n$$\n\nIt costs $5 and $10.\n\n$\\nosuchthing{x}$');
  await expect(text.locator('math')).toHaveCount(3);
  await expect(text.locator('math[display=block]')).toHaveCount(1);
  await expect(text).toContainText('It costs $5 and $10.');
  await expect(text.locator('code.math')).toHaveCount(1);
  await expect(text.locator('code.math')).toHaveText('\\nosuchthing{x}');
});

test.describe('a page that asks elsewhere', () => {
  test.use({ complaints: /^asked elsewhere: https:\/\/pictures\.example\/brook\.png$/ });

  test('does so for an image that one asks for', async ({ chat, page }) => {
    const asked: string[] = [];
    await page.route('https://pictures.example/**', async (route) => {
      asked.push(route.request().headers()['referer'] ?? '');
      await route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' });
    });
    const text = await say(chat, '![A brook](https://pictures.example/brook.png)');
    const button = text.getByRole('button', { name: 'pictures.example' });
    await expect(button).toContainText('A brook');
    expect(asked).toEqual([]);
    await button.click();
    await expect(text.getByRole('img', { name: 'A brook' })).toHaveAttribute('src', 'https://pictures.example/brook.png');
    await expect.poll(() => asked).toEqual(['']);
  });
});

test('a footnote is found by its number', async ({ chat, page }) => {
  const text = await say(chat, 'A claim.[^1]\n\n[^1]: Its source.');
  await text.locator('sup.footnote a').click();
  await expect(text.locator('div.footnote[data-note="1"]')).toBeFocused();
  expect(new URL(page.url()).hash).toBe('');
});

test.describe('a model that thinks', () => {
  test.use({ model: 'sim:tokens=60,thinking=400,rate=150,text=markdown' });

  test('thinks in Markdown, folds it when it answers, and says how long that took', async ({ chat }) => {
    await chat.ask('Why?');
    const answer = chat.answers.last();
    const fold = answer.locator('details.thinking');
    await expect(fold).toHaveAttribute('open');
    await expect(fold.locator('.blocks > *').nth(1)).toBeVisible();
    await expect(fold.locator('h3, h4, p').first()).toBeVisible();
    await chat.begun();
    await expect(fold).not.toHaveAttribute('open');
    await expect(fold.locator('summary')).toHaveText(/^Thought for \d+ seconds$/);
    await chat.ended();
    await chat.page.reload();
    await chat.awake();
    await expect(fold.locator('summary')).toHaveText(/^Thought for \d+ seconds$/);
  });
});

test.describe('a model that thinks again', () => {
  test.use({ model: 'sim:tokens=200,thinking=200,again,rate=40' });

  test('is seen to, and what it thinks is there', async ({ chat, ollama, model }) => {
    await chat.ask('Why?');
    const fold = chat.answers.last().locator('details.thinking');
    // Each state lasts a second: one that is asked for now and then may be missed.
    const states = await fold.evaluateHandle((details: HTMLDetailsElement) => {
      const states = [details.open];
      new MutationObserver(() => states.push(details.open)).observe(details, { attributeFilter: ['open'] });
      return states;
    });
    await chat.ended();
    await expect.poll(() => states.jsonValue()).toEqual([true, false, true, false]);
    const { content, thinking } = await ollama.text(model);
    expect(await chat.readThoughts()).toBe(thinking);
    expect(await chat.read()).toBe(content);
  });
});

test('after a reload the same is there, from the server, and once', async ({ chat, page }) => {
  const text = await say(chat, `Say this.\n\n${RICH}`);
  await expect(text.locator('[data-finish]')).toHaveCount(0);
  await expect(text.locator('math')).toHaveCount(1);
  // What was asked for has left its mark, which no reader sees.
  const html = () => text.evaluate((element) => element.innerHTML.replaceAll(' data-asked=""', '').replace(/<!--.*?-->/g, ''));
  const before = await html();
  await page.reload();
  expect(await html()).toBe(before);
  await chat.awake();
  expect(await html()).toBe(before);
  const document = await (await fetch(page.url())).text();
  // In the question and in the answer.
  expect(document.split('zebrafinch').length - 1).toBe(2);
  expect(document.split('data-language="rust"').length - 1).toBe(1);
});

test('a rich answer looks so', async ({ chat }) => {
  const text = await say(chat, RICH);
  await expect(text.locator('[data-finish]')).toHaveCount(0);
  const html = await text.locator('.blocks').evaluate((element) =>
    [...element.children].map((child) => child.outerHTML.replaceAll(' data-asked=""', '')).join('\n'),
  );
  expect(`${html}\n`).toMatchSnapshot('rich.html');
});
