// When Ollama is away, busy or broken: words a person can act on, and a way on.
import { Chat, expect, test } from '../support/house';

test('Ollama away, then back: Retry answers', async ({ chat, ollama, model }) => {
  await ollama.goAway();
  await chat.ask('Anybody there?');
  await chat.ended();
  const notice = chat.answers.getByRole('alert');
  await expect(notice).toContainText(/Ollama does not answer at 127\.0\.0\.1:\d+ \(connection refused\)/);
  await expect(notice.getByText('ollama serve')).toBeVisible();
  await ollama.comeBack();
  await notice.getByRole('button', { name: 'Retry' }).click();
  await chat.ended();
  await expect(notice).toHaveCount(0);
  expect(await chat.read()).toBe((await ollama.text(model)).content);
});

test('without Ollama the page offers the demo, and says that it is one', async ({ page, ollama, brooklet }) => {
  await ollama.goAway();
  const chat = new Chat(page);
  await chat.open(brooklet.url);
  await expect(page.getByRole('alert')).toContainText('Ollama does not answer');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  await expect(page.getByText('This is the demo: a script answers')).toBeVisible();
  await chat.ask('Hello');
  await chat.ended();
  expect(await chat.read()).toContain('demo');
  await expect(chat.answers.getByText('brooklet-demo')).toBeVisible();
});

test('without Ollama the page says so from its first byte on, and nothing moves', async ({ page, ollama, brooklet, another }) => {
  await ollama.goAway();
  await page.addInitScript(() => {
    const shifts: number[] = Object.assign(window, { shifts: [] }).shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const models = page.waitForResponse((it) => it.url().endsWith('/api/models'));
  const chat = new Chat(page);
  await chat.open(brooklet.url);
  await (await models).finished();
  await chat.drawn();
  await expect(page.getByRole('alert')).toContainText('Ollama does not answer');
  expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([]);
  const plain = await another({ scripts: false });
  await expect(plain.getByRole('alert')).toContainText('Ollama does not answer');
  await expect(plain.getByRole('button')).toHaveCount(1);
  // What was known is not said of one that is back.
  await ollama.comeBack();
  await plain.reload();
  await expect(plain.getByRole('alert')).toHaveCount(0);
});

test.describe('a chosen model', () => {
  test.use({ model: '' });

  test('stays chosen while Ollama is away', async ({ page, chat, ollama, brooklet }) => {
    const picker = page.getByRole('combobox', { name: 'Model' });
    const qwen = picker.getByRole('option', { name: /qwen3/ });
    await expect(qwen).toBeAttached();
    const name = (await qwen.getAttribute('value'))!;
    await picker.selectOption(name);
    await ollama.goAway();
    await chat.open(brooklet.url);
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(picker).toHaveValue(name);
    await ollama.comeBack();
    await chat.ask('Hello');
    await chat.begun();
    expect((await ollama.requests())[0].model).toBe(name);
    await chat.stop.click();
    await chat.ended();
  });
});

test('Try again finds an Ollama that has been started', async ({ page, ollama, brooklet }) => {
  await ollama.goAway();
  const chat = new Chat(page);
  await chat.open(brooklet.url);
  await expect(page.getByRole('alert')).toBeVisible();
  await ollama.comeBack();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test.describe('an answer that breaks', () => {
  test.use({ model: 'sim:tokens=60,fault=error@20' });

  test('keeps the text so far and says why', async ({ chat, ollama }) => {
    await chat.ask('Break');
    await chat.ended();
    await expect(chat.answers.getByRole('alert')).toContainText('unexpected EOF');
    expect(await chat.read()).toBe((await ollama.text('sim:tokens=20')).content);
    await chat.answers.getByRole('button', { name: 'Retry' }).click();
    await expect.poll(async () => (await ollama.stats()).started).toBe(2);
    await chat.ended();
  });
});

test.describe('an unknown model', () => {
  test.use({ model: 'nope' });

  test("is told in Ollama's own words", async ({ chat }) => {
    await chat.ask('Hello');
    await expect(chat.answers.getByRole('alert')).toContainText("model 'nope' not found");
  });
});
