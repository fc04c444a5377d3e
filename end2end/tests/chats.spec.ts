// Chats that last: their addresses, their list, and the versions of what was said in them.
import { Chat, expect, test } from '../support/house';

test.use({ model: 'sim:tokens=12,rate=400' });

async function asked(chat: Chat, text: string): Promise<void> {
  const before = await chat.answers.count();
  await chat.ask(text);
  await expect(chat.answers).toHaveCount(before + 1);
  await chat.ended();
}

test('a chat has an address, a name, and a way back', async ({ chat, context }) => {
  await asked(chat, 'The first question');
  await expect(chat.page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  await expect(chat.page).toHaveTitle('The first question · Brooklet');
  const first = chat.page.url();
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.page).toHaveURL(/\/$/);
  await expect(chat.page).toHaveTitle('Brooklet');
  await asked(chat, 'Another question');
  await chat.page.goBack();
  await expect(chat.page.getByRole('heading', { name: 'Ask me anything' })).toBeVisible();
  await chat.page.goBack();
  await expect(chat.questions).toHaveText(['The first question']);
  await chat.page.goForward();
  await chat.page.goForward();
  await expect(chat.questions).toHaveText(['Another question']);
  const twin = new Chat(await context.newPage());
  await twin.open(first);
  await expect(twin.questions).toHaveText(['The first question']);
  expect(await twin.read()).not.toBe('');
});

test('the list: names, pins, and deletions that can be taken back', async ({ chat }) => {
  const names = chat.list.getByRole('link').filter({ hasNotText: 'New chat' });
  for (const text of ['One', 'Two', 'Three']) {
    await asked(chat, text);
    await chat.page.getByRole('button', { name: 'New chat' }).click();
  }
  await expect(names).toHaveText(['Three', 'Two', 'One']);
  await expect(chat.list.getByText('Today')).toBeVisible();
  const verb = async (name: string, verb: string) => {
    const entry = chat.list.getByRole('listitem').filter({ hasText: name });
    await entry.hover();
    await entry.getByLabel(/^What to do with/).click();
    await entry.getByRole('button', { name: verb, exact: true }).click();
  };
  await verb('One', 'Pin');
  await expect(names).toHaveText(['One', 'Three', 'Two']);
  await verb('Three', 'Rename');
  await chat.page.getByRole('textbox', { name: 'Name of the chat' }).fill('The sea');
  await chat.page.keyboard.press('Enter');
  await expect(names).toHaveText(['One', 'The sea', 'Two']);
  await expect(names.filter({ hasText: 'The sea' })).toBeFocused();
  await verb('Two', 'Rename');
  await chat.page.getByRole('textbox', { name: 'Name of the chat' }).fill('Nothing');
  await chat.page.keyboard.press('Escape');
  await expect(names).toHaveText(['One', 'The sea', 'Two']);
  await verb('Two', 'Delete');
  await expect(names).toHaveText(['One', 'The sea']);
  await chat.list.getByRole('button', { name: 'Undo' }).click();
  await expect(names).toHaveText(['One', 'The sea', 'Two']);
  await chat.list.getByRole('link', { name: 'The sea' }).click();
  await expect(chat.questions).toHaveText(['Three']);
  await expect(chat.page).toHaveTitle('The sea · Brooklet');
  // The one that is open: then nothing is.
  await verb('The sea', 'Delete');
  await expect(chat.page).toHaveURL(/\/$/);
  // The list says so when the server has heard of it.
  await expect(names).toHaveText(['One', 'Two']);
  await chat.page.reload();
  await chat.awake();
  await expect(names).toHaveText(['One', 'Two']);
});

test('another question and another answer are versions, and the shown one is remembered', async ({ chat, ollama }) => {
  await asked(chat, 'One');
  await asked(chat, 'Two');
  await chat.questions.first().hover();
  await chat.page.getByRole('button', { name: 'Edit' }).first().click();
  await expect(chat.question).toHaveValue('One');
  await chat.question.fill('Uno');
  await chat.question.press('Enter');
  await expect(chat.questions).toHaveText(['Uno']);
  await chat.ended();
  await expect(chat.page.getByText('2 / 2')).toBeVisible();
  expect((await ollama.requests())[2].messages).toEqual([{ role: 'user', content: 'Uno' }]);
  await chat.answers.first().hover();
  await chat.page.getByRole('button', { name: 'Answer again' }).click();
  await expect(chat.page.getByText('2 / 2')).toHaveCount(2);
  await chat.ended();
  await chat.page.getByRole('button', { name: 'Earlier version' }).first().click();
  await expect(chat.questions).toHaveText(['One', 'Two']);
  await chat.page.reload();
  await chat.awake();
  await expect(chat.questions).toHaveText(['One', 'Two']);
  await expect(chat.page.getByText('1 / 2')).toBeVisible();
});

test('an edit can be given up, and what was being written comes back', async ({ chat }) => {
  await asked(chat, 'One');
  await chat.question.fill('Half a thought');
  await chat.questions.first().hover();
  await chat.page.getByRole('button', { name: 'Edit' }).click();
  await expect(chat.question).toHaveValue('One');
  await chat.question.press('Escape');
  await expect(chat.question).toHaveValue('Half a thought');
});

test.describe('with a network that breaks', () => {
  test.use({ complaints: /ERR_FAILED|Failed to load resource/ });

  test('an edited question that cannot be asked is not lost', async ({ chat }) => {
    await asked(chat, 'One');
    await chat.page.route('**/api/ask', (route) => route.abort());
    await chat.questions.first().hover();
    await chat.page.getByRole('button', { name: 'Edit' }).click();
    await chat.question.fill('One and a half');
    await chat.question.press('Enter');
    await expect(chat.question).toHaveValue('One and a half');
    await chat.page.unroute('**/api/ask');
    await chat.question.press('Enter');
    await expect(chat.questions).toHaveText(['One and a half']);
    await chat.ended();
  });

  test('a question that was given up is not asked after a reload', async ({ chat, ollama }) => {
    await chat.page.route('**/api/ask', (route) => route.abort());
    await chat.ask('One');
    await expect(chat.answers.getByText('Brooklet cannot be reached')).toBeVisible();
    await chat.page.getByRole('button', { name: 'New chat' }).click();
    await chat.page.unroute('**/api/ask');
    await chat.page.reload();
    await chat.awake();
    await asked(chat, 'Two');
    await expect(chat.questions).toHaveText(['Two']);
    expect((await ollama.stats()).started).toBe(1);
  });
});

test('two tabs that edit one question make two versions more', async ({ chat, context }) => {
  await asked(chat, 'One');
  const twin = new Chat(await context.newPage());
  await twin.open(chat.page.url());
  for (const [tab, text] of [[chat, 'Here'], [twin, 'There']] as const) {
    await tab.questions.first().hover();
    await tab.page.getByRole('button', { name: 'Edit' }).click();
    await tab.question.fill(text);
    await tab.question.press('Enter');
    await expect(tab.questions).toHaveText([text]);
    await tab.ended();
  }
  await expect(twin.page.getByText('3 / 3')).toBeVisible();
});

test('a question that was on its way when the page was reloaded is asked once', async ({ chat, ollama }) => {
  await chat.page.route('**/api/ask', async (route) => {
    // The server has it, and the page never hears of that.
    await route.fetch();
    await chat.page.reload();
  }, { times: 1 });
  await chat.ask('One');
  await expect(chat.page).toHaveURL(/\/c\//);
  await chat.ended();
  await expect(chat.questions).toHaveText(['One']);
  expect((await ollama.stats()).started).toBe(1);
});

test.describe('an address without a chat', () => {
  test.use({ complaints: /404/ });

  test('says so, and helps', async ({ chat, brooklet }) => {
    const answer = await chat.page.goto(`${brooklet.url}/c/nothing`);
    expect(answer?.status()).toBe(404);
    await chat.awake();
    const missing = chat.page.getByRole('heading', { name: 'There is no such chat' });
    await expect(missing).toBeVisible();
    await asked(chat, 'One');
    await expect(missing).toBeHidden();
    await expect(chat.page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 667 } });

  test('the list is a drawer', async ({ chat }) => {
    await asked(chat, 'One');
    await chat.page.getByRole('button', { name: 'New chat' }).click();
    await expect(chat.list).toBeHidden();
    await chat.page.getByRole('button', { name: 'Chats' }).click();
    await chat.list.getByRole('link', { name: 'One' }).click();
    await expect(chat.list).toBeHidden();
    await expect(chat.questions).toHaveText(['One']);
  });
});

test('a chat can be read without JavaScript', async ({ chat, another }) => {
  await asked(chat, 'One');
  const answer = await chat.read();
  const page = await another({ scripts: false });
  await page.goto(chat.page.url());
  await expect(page.getByRole('article', { name: 'You' })).toHaveText('One');
  expect(await new Chat(page).read()).toBe(answer);
  await expect(page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: 'One' })).toBeVisible();
});
