// Others are before one, or the model has to be loaded: said in words, and one may leave.
import { Chat, expect, test } from '../support/house';

test.describe('two people and one model', () => {
  test.use({ model: 'sim:tokens=100000,rate=50' });

  test('the second one sees the place, and begins when the first one ends', async ({ chat, context, brooklet }) => {
    await chat.ask('First');
    await chat.begun();
    const second = new Chat(await context.newPage());
    await second.open(brooklet.url);
    await second.ask('Second');
    await expect(second.answers.getByText('1 ahead of you…')).toBeVisible();
    const third = new Chat(await context.newPage());
    await third.open(brooklet.url);
    await third.ask('Third');
    await expect(third.answers.getByText('2 ahead of you…')).toBeVisible();
    await second.stop.click();
    await second.ended();
    await expect(third.answers.getByText('1 ahead of you…')).toBeVisible();
    await chat.stop.click();
    await third.begun();
    await third.stop.click();
    await third.ended();
  });
});

test.describe('a model that has to be loaded', () => {
  test.use({ model: 'sim:load=3s,tokens=20' });

  test('is said to be loading', async ({ chat }) => {
    await chat.ask('Hello');
    await expect(chat.answers.getByText('Loading the model…')).toBeVisible();
    await chat.ended();
  });
});

test.describe('eight tabs', () => {
  test.use({ model: 'sim:tokens=200,rate=50', flags: ['--max-parallel', '8'] });

  test('all finish over plain HTTP/1.1, though a browser gives them six connections', async ({
    context,
    brooklet,
    ollama,
    model,
  }) => {
    const tabs = await Promise.all(Array.from({ length: 8 }, async () => new Chat(await context.newPage())));
    for (const tab of tabs) await tab.open(brooklet.url);
    for (const tab of tabs) await tab.ask('All at once');
    const { content } = await ollama.text(model);
    for (const tab of tabs) {
      await tab.ended();
      expect(await tab.read()).toBe(content);
    }
  });
});
