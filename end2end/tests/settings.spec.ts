// How models are asked: settings, presets, how an answer came about; and drafts.
import { Chat, expect, flaws, test } from '../support/house';

test.use({ model: 'sim:tokens=12,rate=400' });

test.describe('what is wrong is said', () => {
  test.use({ complaints: /400 \(Bad Request\)/ });

  test('and nothing is kept of it', async ({ chat, brooklet }) => {
    const { page } = chat;
    await page.getByRole('button', { name: 'Settings of this chat' }).click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('textbox', { name: 'Keep in memory' }).fill('soon');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(dialog.getByRole('alert')).toContainText('Keep in memory');
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Save as preset' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Keep in memory');
    await dialog.getByRole('textbox', { name: 'Keep in memory' }).fill('10m');
    await dialog.getByRole('button', { name: 'Save as preset' }).click();
    await expect(dialog.getByRole('alert')).toContainText('name');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(page).toHaveURL(`${brooklet.url}/`);
    expect(await (await fetch(`${brooklet.url}/api/presets`)).json()).toEqual([]);
  });
});

test('settings of a chat are kept and used', async ({ chat, ollama }) => {
  const { page } = chat;
  await page.getByRole('button', { name: 'Settings of this chat' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  expect(await flaws(page)).toEqual([]);
  await dialog.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
  await dialog.getByRole('spinbutton', { name: 'Temperature' }).fill('0.5');
  await dialog.getByRole('textbox', { name: 'Keep in memory' }).fill('10m');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  await chat.ask('Why is the sky blue?');
  await chat.ended();
  const [told] = await ollama.requests();
  expect(told.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  expect(told.options).toEqual({ temperature: 0.5 });
  expect(told.keep_alive).toBe('10m');
  await expect(page).toHaveTitle('Why is the sky blue? · Brooklet');
  // And are there when they are looked at again.
  await page.reload();
  await chat.awake();
  await page.getByRole('button', { name: 'Settings of this chat' }).click();
  await expect(dialog.getByRole('textbox', { name: 'System prompt' })).toHaveValue('Be brief.');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Settings of this chat' })).toBeFocused();
  // The answer says how it came about.
  await chat.answers.locator('.facts summary').click();
  await expect(chat.answers.getByText('temperature = 0.5')).toBeVisible();
  await expect(chat.answers.getByText('First token after')).toBeVisible();
});

test('a chat begins with a preset', async ({ chat, ollama }) => {
  const { page } = chat;
  const settings = page.getByRole('button', { name: 'Settings of this chat' });
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await settings.click();
  await dialog.getByRole('textbox', { name: 'System prompt' }).fill('Answer in rhymes.');
  await dialog.getByRole('textbox', { name: 'Name of the preset' }).fill('Poet');
  await dialog.getByRole('button', { name: 'Save as preset' }).click();
  await expect(dialog.getByRole('button', { name: 'Poet', exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await chat.list.getByRole('button', { name: 'Poet' }).click();
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  await chat.ask('Hello');
  await chat.ended();
  expect((await ollama.requests())[0].messages[0].content).toBe('Answer in rhymes.');
  await settings.click();
  await dialog.getByRole('button', { name: 'Delete the preset “Poet”' }).click();
  await expect(dialog.getByRole('button', { name: 'Poet', exact: true })).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(chat.list.getByRole('button', { name: 'Poet' })).toHaveCount(0);
});

test('the form keeps what is typed while presets come and go, and Enter saves', async ({ chat, ollama }) => {
  const { page } = chat;
  await chat.question.fill('Why is the sky blue?');
  await page.getByRole('button', { name: 'Settings of this chat' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  const system = dialog.getByRole('textbox', { name: 'System prompt' });
  await system.fill('Be brief.');
  await dialog.getByRole('textbox', { name: 'Name of the preset' }).fill('Brief');
  await dialog.getByRole('button', { name: 'Save as preset' }).click();
  await expect(dialog.getByRole('button', { name: 'Brief', exact: true })).toBeVisible();
  await expect(system).toHaveValue('Be brief.');
  await dialog.getByRole('button', { name: 'Delete the preset “Brief”' }).click();
  await expect(dialog.getByRole('button', { name: 'Brief', exact: true })).toHaveCount(0);
  await expect(system).toHaveValue('Be brief.');
  await dialog.getByRole('spinbutton', { name: 'Temperature' }).fill('0.5');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  // The chat has begun with it, and with the question that is being written.
  await expect(page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  await expect(chat.question).toHaveValue('Why is the sky blue?');
  await chat.question.press('Enter');
  await chat.ended();
  const [told] = await ollama.requests();
  expect(told.options).toEqual({ temperature: 0.5 });
  expect(told.messages[0].content).toBe('Be brief.');
});

test('a model that is chosen stays chosen while one walks between versions', async ({ chat, ollama }) => {
  const picker = chat.page.getByRole('combobox', { name: 'Model' });
  await chat.ask('One');
  await chat.ended();
  await chat.answers.hover();
  await chat.page.getByRole('button', { name: 'Answer again' }).click();
  await expect(chat.page.getByText('2 / 2')).toBeVisible();
  await chat.ended();
  const first = await picker.inputValue();
  const other = await picker.locator('option').evaluateAll(
    (options, first) => (options as HTMLOptionElement[]).map((it) => it.value).find((it) => it && it !== first) ?? '',
    first,
  );
  await picker.selectOption(other);
  const earlier = chat.page.getByRole('button', { name: 'Earlier version' });
  await earlier.focus();
  await earlier.press('Enter');
  await expect(chat.page.getByText('1 / 2')).toBeVisible();
  // By the keyboard there and back: at the end there is one way only.
  await expect(chat.page.getByRole('button', { name: 'Later version' })).toBeFocused();
  await expect(picker).toHaveValue(other);
  expect(await ollama.requests()).toHaveLength(2);
});

test('a chat remembers its model', async ({ chat, ollama }) => {
  const picker = chat.page.getByRole('combobox', { name: 'Model' });
  await chat.ask('One');
  await chat.ended();
  const first = await picker.inputValue();
  const other = await picker.locator('option').evaluateAll(
    (options, first) => (options as HTMLOptionElement[]).map((it) => it.value).find((it) => it && it !== first) ?? '',
    first,
  );
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await picker.selectOption(other);
  await chat.list.getByRole('link', { name: 'One' }).click();
  await expect(chat.questions).toHaveText(['One']);
  await expect(picker).toHaveValue(first);
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(picker).toHaveValue(other);
  expect(await ollama.requests()).toHaveLength(1);
});

test('a draft survives a reload, follows to another device, and is gone once it is asked', async ({ chat, another }) => {
  const kept = () => chat.page.waitForResponse((it) => it.url().endsWith('/api/draft') && it.ok());
  let saved = kept();
  await chat.question.pressSequentially('Half a thought');
  await saved;
  await chat.page.reload();
  await chat.awake();
  await expect(chat.question).toHaveValue('Half a thought');
  const other = new Chat(await another());
  await other.awake();
  await expect(other.question).toHaveValue('Half a thought');
  await chat.question.press('End');
  await chat.question.pressSequentially(', now whole');
  await chat.question.press('Enter');
  await chat.ended();
  // Each chat has its own.
  saved = kept();
  await chat.question.fill('A second question');
  await saved;
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.question).toHaveValue('');
  await chat.page.goBack();
  await expect(chat.questions).toHaveText(['Half a thought, now whole']);
  await expect(chat.question).toHaveValue('A second question');
});

test('what is being written stays, whatever is opened or comes late', async ({ chat }) => {
  await chat.ask('One');
  await chat.ended();
  await chat.question.fill('Half a thought');
  await chat.list.getByRole('link', { name: 'One' }).click();
  await expect(chat.question).toHaveValue('Half a thought');
  // The draft of a new chat is asked for; there is none, and that comes late.
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await chat.page.route('**/api/path*', async (route) => {
    await released;
    await route.continue();
  });
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.question).toHaveValue('');
  await chat.question.fill('Quickly');
  const answered = chat.page.waitForResponse('**/api/path*');
  release();
  await (await answered).finished();
  await expect(chat.question).toHaveValue('Quickly');
  // While an earlier question is edited, another chat is opened: what stood here stays in its chat.
  await chat.list.getByRole('link', { name: 'One' }).click();
  await expect(chat.question).toHaveValue('Half a thought');
  await chat.questions.hover();
  await chat.page.getByRole('button', { name: 'Edit' }).click();
  await expect(chat.question).toHaveValue('One');
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.question).not.toHaveValue('Half a thought');
});

test('a message is deleted with what follows it, once that has been confirmed', async ({ chat }) => {
  await chat.ask('One');
  await chat.ended();
  await chat.ask('Two');
  await expect(chat.answers).toHaveCount(2);
  await chat.ended();
  const bin = chat.page.locator('.asked').last().getByRole('button', { name: 'Delete' });
  chat.page.once('dialog', (dialog) => dialog.dismiss());
  await bin.click();
  await expect(chat.questions).toHaveText(['One', 'Two']);
  chat.page.once('dialog', (dialog) => dialog.accept());
  await bin.click();
  await expect(chat.questions).toHaveText(['One']);
  await chat.page.reload();
  await chat.awake();
  await expect(chat.questions).toHaveText(['One']);
});
