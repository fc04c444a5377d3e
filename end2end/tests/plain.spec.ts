// Without JavaScript, and in the moment before it has come.
import { type Page } from '@playwright/test';
import { expect, test as base } from '../support/house';

/** The page of a browser that runs no scripts. */
const test = base.extend<{ plain: Page }>({
  plain: async ({ another }, use) => use(await another({ scripts: false })),
});

const ask = async (page: Page, text: string) => {
  await page.getByRole('textbox', { name: 'Your question' }).fill(text);
  // An answer that streams is a page that goes on loading.
  await page.getByRole('button', { name: 'Send' }).click({ noWaitAfter: true });
};

test.describe('without a script, while an answer comes', () => {
  test.use({ model: 'sim:tokens=5000,rate=50' });

  test('one reads it, stops it, and asks another model', async ({ plain, ollama, model }) => {
    await ask(plain, 'What can you do?');
    await expect(plain.getByRole('article', { name: 'You' })).toHaveText('What can you do?');
    const answer = plain.getByRole('article', { name: 'Answer' });
    await expect(answer.locator('.blocks > *').first()).toBeVisible();
    // It has not ended.
    await expect(plain.getByRole('textbox', { name: 'Your question' })).toHaveCount(0);
    await answer.getByRole('button', { name: 'Stop' }).click();
    await expect(plain.getByText('Stopped')).toBeVisible();
    await expect(plain).toHaveURL(/\/c\/[\w-]+$/);
    // The chat goes on with its model, until another one is chosen.
    const picker = plain.getByRole('combobox', { name: 'Model' });
    await expect(picker).toHaveValue(model);
    const other = 'sim:tokens=8,rate=2000';
    // One that Ollama does not list, as its answers end soon.
    const option = picker.locator('option').first();
    await option.evaluate((it, value) => it.setAttribute('value', value), other);
    await picker.selectOption(other);
    await ask(plain, 'And you?');
    await expect(plain.getByRole('textbox', { name: 'Your question' })).toBeVisible();
    expect((await ollama.requests()).at(-1).model).toBe(other);
    expect((await ollama.requests()).at(-1).messages).toHaveLength(3);
    await expect(plain.getByRole('article', { name: 'You' })).toHaveText(['What can you do?', 'And you?']);
    await plain.getByRole('banner').getByRole('link', { name: 'New chat' }).click();
    await expect(plain.getByRole('article')).toHaveCount(0);
    await plain.getByRole('link', { name: 'What can you do?' }).click();
    await expect(plain.getByRole('article', { name: 'Answer' })).toHaveCount(2);
  });
});

test.describe('without a script', () => {
  test.use({ model: 'sim:tokens=8,rate=2000' });

  test('what needs a script is not there, and a line says so', async ({ plain }) => {
    await expect(plain.locator('.dock noscript p')).toContainText('Without JavaScript you can read, ask');
    const buttons = await plain.getByRole('button').evaluateAll((all) => all.map((it) => it.getAttribute('aria-label') ?? it.textContent));
    expect(buttons).toEqual(['Send']);
    await ask(plain, 'One');
    await expect(plain.getByRole('textbox', { name: 'Your question' })).toBeVisible();
    expect(await plain.getByRole('button').count()).toBe(1);
  });

  test('nothing is loaded that needs one', async ({ plain }) => {
    const loaded: string[] = [];
    plain.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await plain.reload();
    expect(loaded).toContain('/pkg/brooklet.css');
    expect(loaded.filter((path) => /\.(js|wasm)$/.test(path))).toEqual([]);
  });

  test('on a phone, everything is one page', async ({ plain }) => {
    await plain.setViewportSize({ width: 320, height: 568 });
    await ask(plain, 'One');
    await expect(plain.getByRole('textbox', { name: 'Your question' })).toBeVisible();
    const wider = await plain.locator('html').evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(wider).toBe(0);
    await plain.getByRole('link', { name: 'Chats' }).click();
    await expect(plain.locator('.entry a').filter({ hasText: 'One' })).toBeInViewport();
  });
});

test('what a script needs is loaded early where one may run', async ({ page, brooklet }) => {
  await page.goto(brooklet.url);
  const early = page.locator('link:is([rel=preload], [rel=modulepreload])[media]');
  expect(await early.evaluateAll((links) => links.map((link) => matchMedia((link as HTMLLinkElement).media).matches))).toEqual([true, true]);
});

test.describe('before the script has come', () => {
  test.use({ model: 'sim:tokens=8,rate=2000', complaints: /Failed to load resource|ERR_FAILED|fetch|WebAssembly/ });

  test('the form asks, and the page goes on from there', async ({ page, brooklet, ollama }) => {
    await page.route('**/*.wasm', (route) => route.abort());
    await page.goto(brooklet.url);
    await page.getByRole('textbox', { name: 'Your question' }).fill('Asked early');
    await page.unroute('**/*.wasm');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('body[data-awake]').waitFor();
    await expect(page).toHaveURL(/\/c\/[\w-]+$/);
    await expect(page.getByRole('article', { name: 'You' })).toHaveText('Asked early');
    const answer = page.getByRole('article', { name: 'Answer' });
    await expect(answer).toHaveAttribute('aria-busy', 'false');
    expect((await ollama.stats()).started).toBe(1);
  });
});
