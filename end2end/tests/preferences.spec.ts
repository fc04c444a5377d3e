// How one likes the page: the colours, and what Enter does.
import type { Page } from '@playwright/test';
import { expect, flaws, test } from '../support/house';

const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const LIGHT = 'rgb(251, 250, 247)';
const DARK = 'rgb(22, 24, 26)';

test.use({ model: 'sim:tokens=8,rate=2000' });

test('the colours follow the system, until one says otherwise', async ({ chat, page, request, brooklet }) => {
  expect(await paper(page)).toBe(LIGHT);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await paper(page)).toBe(DARK);
  await page.getByRole('button', { name: 'Preferences' }).click();
  const dialog = page.getByRole('dialog', { name: 'Preferences' });
  await expect(dialog.getByLabel('As the system')).toBeChecked();
  expect(await flaws(page)).toEqual([]);
  await dialog.getByLabel('Light').check();
  expect(await paper(page)).toBe(LIGHT);
  expect(await flaws(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('button', { name: 'Preferences' })).toBeFocused();
  // The document is so from its first byte on: nothing flashes.
  const cookies = (await page.context().cookies()).map((it) => `${it.name}=${it.value}`).join('; ');
  const html = await (await request.get(brooklet.url, { headers: { cookie: cookies } })).text();
  expect(html).toContain('<html lang="en" data-theme="light">');
  await page.reload();
  await chat.awake();
  expect(await paper(page)).toBe(LIGHT);
  await page.getByRole('button', { name: 'Preferences' }).click();
  await expect(dialog.getByLabel('Light')).toBeChecked();
  await dialog.getByLabel('As the system').check();
  expect(await paper(page)).toBe(DARK);
  expect(await page.context().cookies()).toEqual([]);
});

test('Enter sends, or makes a new line and Ctrl Enter sends', async ({ chat, page }) => {
  await chat.question.press('Alt+Shift+KeyP');
  await page.getByRole('dialog').getByRole('radio', { name: /^Makes a new line/ }).check();
  await page.keyboard.press('Escape');
  await expect(chat.question).toBeFocused();
  await page.keyboard.type('One');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Two');
  await expect(chat.question).toHaveValue('One\nTwo');
  await page.keyboard.press('Control+Enter');
  await chat.ended();
  await expect(chat.questions).toHaveText('One\nTwo');
});
