// Everything by keyboard: the palette, the keys, and a whole conversation.
import { expect, flaws, test } from '../support/house';

test.describe('the palette', () => {
  test.use({ model: '' });

  test('finds commands, chats and models', async ({ chat, page }) => {
    await chat.ask('About rivers');
    await chat.begun();
    const first = page.url();
    const palette = page.getByRole('dialog', { name: 'Commands' });
    const box = palette.getByRole('combobox');
    const chosen = palette.getByRole('option', { selected: true });

    // A command; the arrows go round.
    await page.keyboard.press('Control+k');
    await expect(box).toBeFocused();
    await expect(chosen).toHaveText(/^New chat/);
    await page.keyboard.press('ArrowDown');
    await expect(chosen).toHaveText(/^Search in chats/);
    await expect(box).toHaveAttribute('aria-activedescendant', (await chosen.getAttribute('id'))!);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect(chosen).toHaveText(await palette.getByRole('option').last().innerText());
    await expect(chosen).toBeInViewport();
    expect(await flaws(page)).toEqual([]);
    await page.keyboard.type('new ch');
    await expect(palette.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Enter');
    await expect(palette).toBeHidden();
    await expect(chat.answers).toHaveCount(0);

    // A chat; who types faster than it is found waits for nothing.
    await page.keyboard.press('Control+k');
    await page.keyboard.type('river');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(first);
    await expect(chat.answers).toHaveCount(1);

    // A model.
    await page.keyboard.press('Control+k');
    await page.keyboard.type('qwen');
    await expect(chosen).toHaveText(/^qwen/);
    const name = await chosen.innerText();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('combobox', { name: 'Model' })).toHaveValue(name);

    // Nothing; and away with it, by the same key or Escape.
    for (const key of ['Control+k', 'Escape']) {
      await page.keyboard.press('Control+k');
      await expect(box).toBeFocused();
      await page.keyboard.type('no such thing');
      await expect(palette.getByText('Nothing goes with that')).toBeVisible();
      await page.keyboard.press('Enter');
      await page.keyboard.press(key);
      await expect(palette).toBeHidden();
      await expect(chat.question).toBeFocused();
    }
  });
});

test.describe('by keys alone', () => {
  test.use({ model: 'sim:tokens=2000,rate=100', permissions: ['clipboard-read', 'clipboard-write'] });

  test('a whole conversation', async ({ chat, page }) => {
    const press = (letter: string) => page.keyboard.press(`Alt+Shift+${letter}`);
    await page.keyboard.type('Tell me all');
    await page.keyboard.press('Enter');
    await chat.begun(20);
    await press('KeyX');
    await chat.ended();
    await expect(chat.answers.getByText('Stopped')).toBeVisible();
    const said = await chat.answers.locator('.text').innerText();
    await press('KeyC');
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toContain(said.slice(0, 20).split('\n')[0]);
    await press('KeyR');
    await expect(page.getByText('2 / 2')).toBeVisible();
    await chat.begun(20);
    await press('KeyX');
    await chat.ended();
    await press('KeyS');
    await expect(page.getByRole('dialog', { name: 'Settings of this chat' })).toBeVisible();
    // Under a dialog keys do nothing.
    await press('KeyN');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(chat.answers).toHaveCount(1);
    await press('KeyM');
    await expect(page.getByRole('combobox', { name: 'Model' })).toBeFocused();
    await press('KeyF');
    await expect(chat.list.getByRole('searchbox')).toBeFocused();
    await press('KeyW');
    await expect(chat.question).toBeFocused();
    await press('KeyN');
    await expect(chat.answers).toHaveCount(0);
    await press('KeyL');
    await expect(chat.list.getByRole('link', { name: 'New chat' })).toBeFocused();
    const link = chat.list.getByRole('link', { name: 'Tell me all' });
    for (let tabs = 0; tabs < 8 && !(await link.evaluate((it) => it === document.activeElement)); tabs++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await expect(chat.answers).toHaveCount(1);
  });

  test('on a small screen the list comes for its keys', async ({ chat, page }) => {
    await page.setViewportSize({ width: 500, height: 700 });
    await page.keyboard.press('Alt+Shift+KeyF');
    await expect(chat.list.getByRole('searchbox')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(chat.list).toBeHidden();
  });
});

test('a single key tells the keys, unless one writes, or does not want it', async ({ chat, page }) => {
  await expect(chat.question).toBeFocused();
  await page.keyboard.type('Why?');
  await expect(chat.question).toHaveValue('Why?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await expect(help).toBeHidden();
  await chat.transcript.focus();
  await page.keyboard.press('?');
  await expect(help).toBeVisible();
  expect(await flaws(page)).toEqual([]);
  for (const text of ['New chat', 'Alt', 'Stop the answer', 'Ctrl']) {
    await expect(help.getByText(text, { exact: true }).first()).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await expect(chat.transcript).toBeFocused();
  await page.keyboard.press('Alt+Shift+KeyP');
  await page.getByRole('dialog', { name: 'Preferences' }).getByLabel('Do nothing').check();
  await page.keyboard.press('Escape');
  await expect(chat.transcript).toBeFocused();
  await page.keyboard.press('?');
  await page.keyboard.press('Alt+Shift+KeyP');
  await expect(page.getByRole('dialog', { name: 'Preferences' }).getByLabel('Do nothing')).toBeChecked();
  await expect(help).toBeHidden();
});
