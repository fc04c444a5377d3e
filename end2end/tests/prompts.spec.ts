// Saved prompts: found by `/`, filled in by Tab, kept and changed in their dialog.
import type { Page } from '@playwright/test';
import { type Program } from '../support/process';
import { expect, flaws, test } from '../support/house';

test.use({ model: 'sim:tokens=8,rate=2000' });

async function save(brooklet: Program, name: string, text: string): Promise<void> {
  const body = JSON.stringify({ change: { make: { name, text } } });
  const saved = await fetch(`${brooklet.url}/api/prompt`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(saved.status).toBe(200);
}

/** What is selected in the box. */
const selected = (page: Page) =>
  page.locator('#question').evaluate((box: HTMLTextAreaElement) => box.value.slice(box.selectionStart, box.selectionEnd));

test('a prompt is found by its name, filled in by Tab, and asked', async ({ chat, page, brooklet, ollama }) => {
  await save(brooklet, 'Explain', 'Explain {{topic}} to 😀 {{whom}}.');
  await save(brooklet, 'Review', 'Review this.');
  const list = page.getByRole('listbox', { name: 'Saved prompts' });
  await page.keyboard.type('/');
  await expect(list.getByRole('option')).toHaveText([/^Explain/, /^Review/, 'Saved prompts…']);
  await expect(page.locator('#spoken')).toContainText('2 saved prompts');
  expect(await flaws(page)).toEqual([]);
  await page.keyboard.press('ArrowDown');
  const chosen = list.getByRole('option', { selected: true });
  await expect(chosen).toHaveText(/^Review/);
  await expect(chat.question).toHaveAttribute('aria-activedescendant', (await chosen.getAttribute('id'))!);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(list).toBeHidden();
  await expect(chat.question).toHaveValue('Explain {{topic}} to 😀 {{whom}}.');
  expect(await selected(page)).toBe('{{topic}}');
  // Enter does not ask what has blanks; it goes to the first of them.
  await page.keyboard.press('Tab');
  expect(await selected(page)).toBe('{{whom}}');
  await page.keyboard.press('Enter');
  expect(await selected(page)).toBe('{{topic}}');
  await page.keyboard.type('tides');
  await page.keyboard.press('Tab');
  expect(await selected(page)).toBe('{{whom}}');
  await page.keyboard.press('Shift+Tab');
  await expect(chat.question).not.toBeFocused();
  await chat.question.focus();
  await chat.send.click();
  expect(await selected(page)).toBe('{{whom}}');
  await page.keyboard.type('a child');
  await page.keyboard.press('Enter');
  await chat.ended();
  expect((await ollama.requests())[0].messages[0].content).toBe('Explain tides to 😀 a child.');

  // Braces that one has written oneself are meant.
  await chat.ask('Why {{this}}?');
  await expect(chat.questions.last()).toHaveText('Why {{this}}?');
  await chat.ended();
  // And so are blanks, to whoever says so.
  await page.keyboard.type('/exp');
  await page.keyboard.press('Enter');
  await expect(chat.question).toHaveValue(/^Explain/);
  await page.keyboard.press('Control+Enter');
  await expect(chat.questions.last()).toHaveText('Explain {{topic}} to 😀 {{whom}}.');
});

test('what no prompt goes with is a question', async ({ chat, page, brooklet }) => {
  await save(brooklet, 'Explain', 'Explain it.');
  await page.keyboard.type('/etc/hosts');
  await page.keyboard.press('Enter');
  await expect(chat.questions).toHaveText('/etc/hosts');
  await chat.ended();
  // Escape: it is meant as it is.
  const list = page.getByRole('listbox', { name: 'Saved prompts' });
  await page.keyboard.type('/exp');
  await expect(list).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(chat.questions.last()).toHaveText('/exp');
  await chat.ended();
  // Nor does what comes late open it again.
  await page.keyboard.type('/e');
  await expect(list).toBeVisible();
  let answer = (): void => {};
  const held = new Promise<void>((done) => (answer = done));
  await page.route('**/api/panel?*', async (route) => {
    await held;
    await route.continue();
  });
  const late = page.waitForResponse('**/api/panel?*');
  await page.keyboard.type('x');
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  answer();
  await (await late).finished();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await expect(list).toBeHidden();
});

test.describe('what is wrong is said', () => {
  test.use({ complaints: /400 \(Bad Request\)/ });

  test('prompts are saved, changed and deleted by keys alone', async ({ chat, page, brooklet }) => {
    const saved = async () => (await fetch(`${brooklet.url}/api/prompts`)).json();
    await page.keyboard.type('/');
    const list = page.getByRole('listbox', { name: 'Saved prompts' });
    await expect(list.getByRole('option')).toHaveText(['Saved prompts…']);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Saved prompts' });
    await expect(dialog.getByText('None yet.')).toBeVisible();
    await expect(chat.question).toHaveValue('');
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    expect(await flaws(page)).toEqual([]);
    await page.keyboard.type('Explain');
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('alert')).toContainText('text');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Explain {{it}}.');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    const one = dialog.getByRole('button', { name: /^Explain Explain/ });
    await expect(one).toBeVisible();
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await expect(dialog.getByRole('textbox', { name: 'Text' })).toHaveValue('');
    // The one of the same name is changed.
    await page.keyboard.type('Explain');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Say {{it}}.');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await expect(dialog.getByRole('button', { name: 'Explain Say {{it}}.', exact: true })).toBeVisible();
    expect(await saved()).toMatchObject([{ name: 'Explain', text: 'Say {{it}}.' }]);
    // And renamed.
    await dialog.getByRole('button', { name: /^Explain Say/ }).press('Enter');
    await expect(dialog.getByRole('heading', { name: 'Change this prompt' })).toBeVisible();
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await expect(dialog.getByRole('textbox', { name: 'Text' })).toHaveValue('Say {{it}}.');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Say');
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('button', { name: /^Say Say/ })).toBeVisible();
    expect(await saved()).toMatchObject([{ name: 'Say', text: 'Say {{it}}.' }]);
    expect(await flaws(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Delete the prompt “Say”' }).press('Enter');
    await expect(dialog.getByText('None yet.')).toBeVisible();
    await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    expect(await saved()).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(chat.question).toBeFocused();
    // What is being written can be saved.
    await page.keyboard.type('Translate {{this}}.');
    await page.keyboard.press('Alt+Shift+KeyT');
    await expect(dialog.getByRole('textbox', { name: 'Text' })).toHaveValue('Translate {{this}}.');
  });
});
