// The list of chats as a whole: search, folders, the archive, several chats at once, and a long list.
import { Chat, expect, test } from '../support/house';

test.use({ model: 'sim:tokens=12,rate=400' });

/** Begins chats without a browser, which is quicker. */
async function begin(url: string, questions: string[]): Promise<void> {
  for (const text of questions) {
    const asked = await fetch(`${url}/api/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });
    const { generation } = await asked.json();
    await (await fetch(`${url}/api/follow?generation=${generation}`)).text();
  }
}

const names = (chat: Chat) => chat.list.locator('.entry .title');

async function verb(chat: Chat, name: string, verb: string): Promise<void> {
  const entry = chat.list.getByRole('listitem').filter({ hasText: name });
  await entry.hover();
  await entry.getByLabel(/^What to do with/).click();
  await entry.getByRole('button', { name: verb, exact: true }).click();
}

test('search finds as it is typed, and leads to the message', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['Where is the Café Central?', '東京都の天気は？', 'Something else']);
  await chat.page.reload();
  await chat.awake();
  const search = chat.list.getByRole('searchbox', { name: 'Search' });
  await search.fill('cafe');
  await expect(chat.list.getByRole('heading', { name: 'Messages' })).toBeVisible();
  await expect(chat.list.locator('mark')).toHaveText(['Café']);
  await chat.list.locator('.hit a').click();
  await expect(chat.page).toHaveURL(/\/c\/[0-9a-f-]{36}#[0-9a-f-]{36}$/);
  await expect(chat.questions).toHaveText(['Where is the Café Central?']);
  await expect(chat.page.locator('.asked')).toBeFocused();
  await search.fill('天気');
  await expect(chat.list.locator('mark')).toHaveText(['天気']);
  await search.fill('nowhere');
  await expect(chat.list.getByText('Nothing was found.')).toBeVisible();
  await search.fill('');
  await expect(names(chat)).toHaveCount(3);
});

test('a link to a message shows it, on whichever path and however far back it is', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['One']);
  const list = await (await fetch(`${brooklet.url}/api/chats`)).json();
  const id = list.chats[0].id;
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${brooklet.url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const asked = await answer.json();
    if (asked?.generation) await (await fetch(`${brooklet.url}/api/follow?generation=${asked.generation}`)).text();
    return asked;
  };
  const thread = await (await fetch(`${brooklet.url}/api/thread?chat=${id}`)).json();
  let parent = thread.messages[1].id;
  for (let number = 0; number < 30; number += 1) {
    const asked = await post('ask', { chat: id, parent, text: `Question ${number}` });
    parent = asked.answer;
  }
  await post('ask', { chat: id, text: 'Another beginning' });
  await chat.open(`${brooklet.url}/c/${id}`);
  await expect(chat.questions).toHaveText(['Another beginning']);
  const other = new Chat(chat.page);
  await other.page.goto('about:blank');
  await other.open(`${brooklet.url}/c/${id}#${thread.messages[0].id}`);
  await expect(other.questions.first()).toHaveText('One');
  await expect(other.questions.first()).toBeInViewport();
  await expect(other.questions).toHaveCount(31);
  await expect(other.page.getByRole('button', { name: 'Show earlier messages' })).toBeHidden();
});

test('a long chat shows its end first, and the rest when it is reached', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['One']);
  const list = await (await fetch(`${brooklet.url}/api/chats`)).json();
  const id = list.chats[0].id;
  const thread = await (await fetch(`${brooklet.url}/api/thread?chat=${id}`)).json();
  let parent = thread.messages[1].id;
  for (let number = 0; number < 29; number += 1) {
    const asked = await fetch(`${brooklet.url}/api/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chat: id, parent, text: `Question ${number}` }),
    });
    const { answer, generation } = await asked.json();
    await (await fetch(`${brooklet.url}/api/follow?generation=${generation}`)).text();
    parent = answer;
  }
  await chat.open(`${brooklet.url}/c/${id}`);
  await expect(chat.questions).toHaveCount(20);
  // More comes when it is reached; how one stays where one reads is in scroll.spec.
  await chat.questions.first().scrollIntoViewIfNeeded();
  await expect(chat.questions).toHaveCount(30);
  await expect(chat.page.getByRole('button', { name: 'Show earlier messages' })).toBeHidden();
});

test('folders, the archive, and several chats at once', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['One', 'Two', 'Three', 'Four']);
  await chat.page.reload();
  await chat.awake();
  const view = chat.list.getByRole('combobox', { name: 'Which chats' });
  // One alone.
  await verb(chat, 'Four', 'Archive');
  await expect(names(chat)).toHaveText(['Three', 'Two', 'One']);
  await chat.list.getByRole('button', { name: 'Undo' }).click();
  await expect(names(chat)).toHaveText(['Four', 'Three', 'Two', 'One']);
  await verb(chat, 'Four', 'Archive');
  await expect(names(chat)).toHaveText(['Three', 'Two', 'One']);
  // A new folder is shown at once.
  await chat.list.getByLabel('What to do with the list').click();
  await chat.list.getByRole('textbox', { name: 'Name of the new folder' }).fill('Work');
  await chat.page.keyboard.press('Enter');
  await expect(chat.list.getByText('This folder is empty.')).toBeVisible();
  await expect(view.locator('option:checked')).toHaveText('Work');
  await view.selectOption('All chats');
  await expect(names(chat)).toHaveCount(3);
  // Two of them go there.
  await verb(chat, 'One', 'Select');
  await chat.list.getByRole('checkbox', { name: 'Select “Two”' }).check();
  await expect(chat.list.getByText('2 selected')).toBeVisible();
  await chat.list.getByRole('combobox', { name: 'Folder', exact: true }).selectOption('Work');
  await chat.list.getByRole('button', { name: 'Move', exact: true }).click();
  await view.selectOption('Work');
  await expect(names(chat)).toHaveText(['Two', 'One']);
  // What is selected is what can be seen.
  await chat.list.getByLabel('What to do with the list').click();
  await chat.list.getByRole('button', { name: 'Select chats' }).click();
  await chat.list.getByRole('checkbox', { name: 'Select “One”' }).check();
  await view.selectOption('All chats');
  await expect(chat.list.getByRole('checkbox')).toHaveCount(0);
  await view.selectOption('Work');
  await expect(names(chat)).toHaveText(['Two', 'One']);
  // And are deleted together, and had back.
  await chat.list.getByLabel('What to do with the list').click();
  await chat.list.getByRole('button', { name: 'Select chats' }).click();
  await chat.list.getByRole('checkbox', { name: 'Select “One”' }).check();
  await chat.list.getByRole('link', { name: 'Two' }).click();
  await chat.list.getByRole('button', { name: 'Delete', exact: true }).first().click();
  await expect(names(chat)).toHaveCount(0);
  await chat.list.getByRole('button', { name: 'Undo' }).click();
  await expect(names(chat)).toHaveText(['Two', 'One']);
  // The folder goes, its chats stay.
  await chat.list.getByLabel('What to do with the list').click();
  chat.page.once('dialog', (dialog) => dialog.accept());
  await chat.list.getByRole('button', { name: 'Delete the folder, keep its chats' }).click();
  await expect(names(chat)).toHaveText(['Three', 'Two', 'One']);
  await view.selectOption('Archive');
  await expect(names(chat)).toHaveText(['Four']);
});

test('Undo takes back what was done last, and nothing else, however long one thinks about it', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['One', 'Two', 'Three']);
  await chat.page.clock.install();
  await chat.page.reload();
  await chat.awake();
  const undo = chat.list.getByRole('button', { name: 'Undo' });
  await verb(chat, 'One', 'Delete');
  await expect(undo).toBeVisible();
  await chat.page.clock.fastForward('10:00');
  await expect(chat.list.getByText('Deleted “One”')).toBeVisible();
  await undo.click();
  await expect(names(chat)).toHaveText(['Three', 'Two', 'One']);
  await verb(chat, 'One', 'Delete');
  await expect(undo).toBeVisible();
  await verb(chat, 'Two', 'Pin');
  await expect(names(chat)).toHaveText(['Two', 'Three']);
  await expect(undo).toBeHidden();
});

test.describe('where the server fails', () => {
  test.use({ complaints: /Failed to load resource/ });

  test('what could not be taken back can be, once more', async ({ chat, page, brooklet }) => {
    await begin(brooklet.url, ['One', 'Two']);
    await page.reload();
    await chat.awake();
    await verb(chat, 'One', 'Delete');
    const undo = chat.list.getByRole('button', { name: 'Undo' });
    await expect(undo).toBeVisible();
    await page.route('**/api/touch', (route) => route.fulfill({ status: 500, body: '' }), { times: 1 });
    const listed = page.waitForResponse('**/api/shelf*');
    await undo.click();
    await listed;
    await expect(chat.list.getByText('Deleted “One”')).toBeVisible();
    await undo.click();
    await expect(names(chat)).toHaveText(['Two', 'One']);
    await expect(undo).toBeHidden();
  });
});

test('another chat opens at its end, and is called by what its model has made of it', async ({ chat, brooklet }) => {
  await begin(brooklet.url, ['One', 'Two']);
  const long = await (await fetch(`${brooklet.url}/api/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'Long', model: 'sim:tokens=3000,rate=100000' }),
  })).json();
  await (await fetch(`${brooklet.url}/api/follow?generation=${long.generation}`)).text();
  await chat.open(`${brooklet.url}/c/${long.chat}`);
  const rest = () => chat.transcript.evaluate((it) => it.scrollHeight - it.clientHeight - it.scrollTop);
  await expect.poll(rest).toBeLessThan(10);
  await chat.transcript.evaluate((it) => it.scrollTo(0, 0));
  await expect(chat.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  await chat.list.getByRole('link', { name: 'One' }).click();
  await expect(chat.questions).toHaveText(['One']);
  await chat.list.getByRole('link', { name: 'Long' }).click();
  await expect(chat.questions).toHaveText(['Long']);
  await expect.poll(rest).toBeLessThan(10);
  // Another device gives it another name: the window has that too.
  await fetch(`${brooklet.url}/api/touch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chats: [long.chat], touch: { rename: 'A long one' } }),
  });
  await expect(chat.page).toHaveTitle('A long one · Brooklet');
});

test('a long list is scrolled through a window', async ({ chat, brooklet }) => {
  const questions = Array.from({ length: 150 }, (_, number) => `Chat ${number}`);
  await begin(brooklet.url, questions);
  await chat.page.reload();
  await chat.awake();
  await expect(names(chat).first()).toHaveText('Chat 149');
  const rows = chat.list.locator('.list');
  const height = await rows.evaluate((it) => it.scrollHeight);
  await rows.evaluate((it) => it.scrollTo(0, it.scrollHeight));
  await expect(names(chat).last()).toHaveText('Chat 0');
  await expect(names(chat).last()).toBeInViewport();
  expect(await names(chat).count()).toBeLessThan(110);
  expect(await rows.evaluate((it) => it.scrollHeight)).toBe(height);
  await rows.evaluate((it) => it.scrollTo(0, 0));
  await expect(names(chat).first()).toHaveText('Chat 149');
  await expect(names(chat).first()).toBeInViewport();
});
