// Asking, reading, stopping: what every visit is about.
import { expect, test } from '../support/house';

test('an answer grows as it comes, and ends as the model said it', async ({ chat, ollama, model }) => {
  await chat.ask('Tell me something');
  await chat.begun(20);
  const early = await chat.read();
  await expect(chat.stop).toBeVisible();
  await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(early.length + 40);
  await chat.ended();
  expect(await chat.read()).toBe((await ollama.text(model)).content);
  await expect(chat.answers.last().getByText('300 tokens')).toBeVisible();
  await expect(chat.stop).toBeHidden();
  await expect(chat.question).toBeFocused();
});

test('the second question of a chat knows the first', async ({ chat, ollama, model }) => {
  await chat.ask('One');
  await chat.ended();
  await chat.ask('Two');
  await expect(chat.answers).toHaveCount(2);
  await chat.ended();
  const { content } = await ollama.said(model);
  const requests = await ollama.requests();
  expect(requests[1].messages).toEqual([
    { role: 'user', content: 'One' },
    { role: 'assistant', content },
    { role: 'user', content: 'Two' },
  ]);
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.page.getByRole('heading', { name: 'Ask me anything' })).toBeVisible();
  await chat.ask('Three');
  await chat.ended();
  expect((await ollama.requests())[2].messages).toHaveLength(1);
});

test('Enter sends, Shift+Enter breaks the line, and nothing is sent while it is empty', async ({ chat, ollama }) => {
  await expect(chat.send).toBeDisabled();
  await chat.question.press('Enter');
  await chat.question.fill('  \n ');
  await expect(chat.send).toBeDisabled();
  await chat.question.fill('');
  const low = (await chat.question.boundingBox())!.height;
  await chat.question.pressSequentially('one');
  await chat.question.press('Shift+Enter');
  await chat.question.pressSequentially('two');
  expect((await chat.question.boundingBox())!.height).toBeGreaterThan(low);
  await expect(chat.send).toBeEnabled();
  await chat.send.click();
  await expect(chat.question).toHaveValue('');
  expect((await chat.question.boundingBox())!.height).toBe(low);
  await chat.ended();
  expect((await ollama.requests()).map((request) => request.messages[0].content)).toEqual(['one\ntwo']);
  await expect(chat.page.getByRole('article', { name: 'You' })).toHaveText('one\ntwo');
});

test.describe('a long answer', () => {
  test.use({ model: 'sim:tokens=100000,rate=50' });

  test('stops when told to, keeps its text, and frees the model', async ({ chat, ollama }) => {
    await chat.ask('Go on');
    await chat.begun(10);
    await chat.stop.click();
    await chat.ended();
    await expect(chat.answers.last().getByText('Stopped')).toBeVisible();
    const text = await chat.read();
    expect(text.length).toBeGreaterThan(10);
    expect(await ollama.stats()).toMatchObject({ open: 0, dropped: 1 });
    await expect(chat.send).toBeVisible();
  });

  test('stops even before its first word', async ({ chat, ollama }) => {
    await chat.ask('Go on');
    await chat.stop.click();
    await chat.ended();
    await expect.poll(async () => (await ollama.stats()).open).toBe(0);
  });

  test('goes on while another chat is open, and is found again', async ({ chat, ollama }) => {
    await chat.ask('Go on');
    await chat.begun(10);
    await chat.page.getByRole('button', { name: 'New chat' }).click();
    await expect(chat.answers).toHaveCount(0);
    await expect(chat.list.getByRole('img', { name: 'Answering' })).toBeVisible();
    expect((await ollama.stats()).open).toBe(1);
    await chat.list.getByRole('link', { name: 'Go on' }).click();
    await chat.begun(10);
    await chat.stop.click();
    await chat.ended();
    await expect(chat.list.getByRole('img', { name: 'Answering' })).toBeHidden();
  });
});

test.describe('by keyboard', () => {
  test.use({ model: 'sim:tokens=2000,rate=100', viewport: { width: 800, height: 500 } });

  test('the focus is never lost, and the transcript can be scrolled', async ({ chat, page }) => {
    await expect(chat.question).toBeFocused();
    await chat.question.fill('Hello');
    await page.keyboard.press('Tab');
    await expect(page.getByLabel('Attach text files')).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(chat.send).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(chat.question).toBeFocused();
    await chat.begun(1500);
    await chat.transcript.focus();
    await page.keyboard.press('Home');
    const latest = page.getByRole('button', { name: 'Jump to latest' });
    await expect(latest).toBeVisible();
    await latest.press('Enter');
    await expect(chat.transcript).toBeFocused();
    await chat.stop.focus();
    await page.keyboard.press('Enter');
    await chat.ended();
    await expect(chat.question).toBeFocused();
    await page.getByRole('button', { name: 'New chat' }).press('Enter');
    await expect(chat.question).toBeFocused();
  });
});

test.describe('a model that thinks', () => {
  test.use({ model: 'sim:tokens=40,thinking=40,rate=40,delay=500ms' });

  test('says so before the first token, and shows its thoughts apart', async ({ chat, ollama, model }) => {
    await chat.ask('Why?');
    const answer = chat.answers.last();
    await expect(answer.getByText('Thinking…')).toBeVisible();
    const fold = answer.locator('details.thinking');
    await expect(fold).toHaveAttribute('open');
    await chat.begun();
    await expect(fold).not.toHaveAttribute('open');
    await chat.ended();
    const { content, thinking } = await ollama.text(model);
    expect(await chat.read()).toBe(content);
    await fold.getByText(/^Thought for /).click();
    expect(await chat.readThoughts()).toBe(thinking);
  });
});

test.describe('the list of models', () => {
  test.use({ model: '' });

  test('comes from Ollama, and the choice lasts', async ({ chat, ollama }) => {
    const picker = chat.page.getByRole('combobox', { name: 'Model' });
    await expect(picker.getByRole('option', { name: /llama3\.2/ })).toBeAttached();
    const values = await picker.getByRole('option').evaluateAll((options) =>
      options.map((option) => (option as HTMLOptionElement).value),
    );
    const qwen = values.find((value) => value.startsWith('qwen3'))!;
    await picker.selectOption(qwen);
    await chat.ask('Hello');
    await chat.begun();
    expect((await ollama.requests())[0].model).toBe(qwen);
    await chat.page.reload();
    await chat.awake();
    await expect(picker).toHaveValue(qwen);
    await expect(chat.answers).toHaveCount(1);
    await chat.ended();
  });
});
