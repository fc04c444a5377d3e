// What happens to an answer when the page, the network or Brooklet goes away: nothing.
import { Chat, expect, test } from '../support/house';

test.use({ model: 'sim:tokens=900,thinking=20,rate=90,text=unicode' });

test('a reload in mid-answer shows all of it', async ({ chat, ollama, model }) => {
  await chat.ask('Tell me');
  await chat.begun(30);
  await chat.page.reload();
  await chat.awake();
  await chat.begun(30);
  await expect(chat.stop).toBeVisible();
  await chat.ended();
  const { content, thinking } = await ollama.text(model);
  expect(await chat.read()).toBe(content);
  expect(await chat.readThoughts()).toBe(thinking);
  expect((await ollama.stats()).started).toBe(1);
  // And once more, when it is all there.
  await chat.page.reload();
  await chat.awake();
  await expect.poll(() => chat.read()).toBe(content);
});

test.describe('with a network that breaks', () => {
  test.use({ complaints: /ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource/ });

  test('an answer heals by itself, to the character', async ({ page, wire, ollama, model }) => {
    const chat = new Chat(page);
    await chat.open(wire.url);
    await chat.ask('Tell me');
    for (let breaks = 1; breaks <= 2; breaks++) {
      await chat.begun(40 * breaks);
      await wire.cut();
      await expect(page.getByText('The connection is lost. Reconnecting')).toBeVisible();
      await wire.heal();
      await expect(page.getByText('The connection is lost. Reconnecting')).toBeHidden();
    }
    await chat.ended();
    expect(await chat.read()).toBe((await ollama.text(model)).content);
    expect((await ollama.stats()).started).toBe(1);
  });

  test('a question that could not be sent is sent by Retry', async ({ page, wire, ollama, model }) => {
    const chat = new Chat(page);
    await chat.open(wire.url);
    await wire.cut();
    await chat.ask('Tell me');
    await expect(chat.answers.getByText('Brooklet cannot be reached')).toBeVisible();
    await wire.heal();
    await page.getByRole('button', { name: 'Retry' }).click();
    await chat.ended();
    expect(await chat.read()).toBe((await ollama.text(model)).content);
  });
});

test('a hidden tab holds no connection, and is up to date when it is shown', async ({ chat, page, ollama, model }) => {
  const show = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const opened: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/follow')) opened.push(request.url());
  });
  const closed = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/follow'));
  await chat.ask('Tell me');
  await chat.begun(30);
  await show(true);
  await closed;
  // What had come by then is drawn at the next frame.
  await chat.drawn();
  const length = (await chat.read()).length;
  await expect.poll(async () => (await ollama.stats()).open, 'the answer goes on without a reader').toBe(1);
  expect((await chat.read()).length).toBe(length);
  await show(false);
  await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(length);
  await chat.ended();
  expect(await chat.read()).toBe((await ollama.text(model)).content);
  expect(opened).toHaveLength(2);
});

test('an older answer that was retried and interrupted by a reload is finished', async ({ chat, ollama, model }) => {
  await ollama.goAway();
  await chat.ask('One');
  await chat.ended();
  await ollama.comeBack();
  await chat.ask('Two');
  await chat.ended();
  await chat.answers.first().getByRole('button', { name: 'Retry' }).click();
  await expect(chat.answers.first()).toHaveAttribute('aria-busy', 'true');
  await expect.poll(() => chat.read(chat.answers.first())).not.toBe('');
  await chat.page.reload();
  await chat.awake();
  await chat.ended(chat.answers.first());
  expect(await chat.read(chat.answers.first())).toBe((await ollama.text(model)).content);
});

test.describe('with a Brooklet that is shut down', () => {
  test.use({ complaints: /ERR_|Failed to load resource/, model: 'sim:tokens=100000,rate=50' });

  test('the text so far stays, and the page says why', async ({ chat, brooklet }) => {
    await chat.ask('Tell me');
    await chat.begun(30);
    await brooklet.stop();
    await chat.ended();
    await expect(chat.answers.getByText('Brooklet was shut down')).toBeVisible();
    expect((await chat.read()).length).toBeGreaterThan(30);
  });
});

test('two tabs of one chat both see it live, and there is one generation', async ({ chat, context, ollama, model }) => {
  await chat.ask('Tell me');
  await chat.begun(30);
  const twin = new Chat(await context.newPage());
  await twin.open(chat.page.url());
  await twin.begun(30);
  await expect(twin.stop).toBeVisible();
  await chat.ended();
  await twin.ended();
  const { content } = await ollama.text(model);
  expect(await chat.read()).toBe(content);
  expect(await twin.read()).toBe(content);
  expect((await ollama.stats()).started).toBe(1);
});
