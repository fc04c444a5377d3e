// What a screen reader finds: the tree of the main states, kept beside this file. Who changes it on purpose has it written
// anew by `cargo xtask e2e tree --update-snapshots`, and reads what has changed.
import { expect, test } from '../support/house';

test.use({ model: 'sim:text=echo,rate=2000' });

const SAID = 'A list:\n\n- [x] One\n- [ ] Two\n\n```rust\nfn main() {}\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n> [!NOTE]\n> Mind this.';

test('a new chat', async ({ chat, page }) => {
  await expect(page.getByText('Looking for models…')).toHaveCount(0);
  await expect(page.locator('.page')).toMatchAriaSnapshot({ name: 'new.aria.yml' });
  // And what is not there is not told of.
  await expect(chat.stop).toBeHidden();
});

test('a chat', async ({ chat, page }) => {
  await chat.ask(SAID);
  await chat.ended();
  await expect(chat.answers.locator('[data-finish]')).toHaveCount(0);
  await expect(chat.transcript).toMatchAriaSnapshot({ name: 'answered.aria.yml' });
  await expect(chat.list).toMatchAriaSnapshot({ name: 'list.aria.yml' });
  await chat.answers.locator('.actions summary').click();
  await expect(chat.answers.locator('.actions')).toMatchAriaSnapshot({ name: 'actions.aria.yml' });
  await page.keyboard.press('Escape');
  await chat.list.getByRole('searchbox').fill('list');
  await expect(chat.list.locator('mark').first()).toBeVisible();
  await expect(chat.list).toMatchAriaSnapshot({ name: 'found.aria.yml' });
});

test('what opens', async ({ chat, page }) => {
  const dialog = page.getByRole('dialog');
  for (const [key, name] of [
    ['Control+k', 'palette'],
    ['Alt+Shift+KeyK', 'keys'],
    ['Alt+Shift+KeyP', 'preferences'],
    ['Alt+Shift+KeyT', 'prompts'],
    ['Alt+Shift+KeyS', 'settings'],
  ]) {
    await expect(chat.question).toBeFocused();
    await page.keyboard.press(key);
    await expect(dialog.locator('h2, [role=option]').first()).toBeAttached();
    if (name === 'palette') await expect(dialog.locator('#found')).not.toHaveAttribute('aria-busy', 'true');
    await expect(dialog).toMatchAriaSnapshot({ name: `${name}.aria.yml` });
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  }
});

test.describe('trouble', () => {
  test.use({ complaints: /404 \(Not Found\)/ });

  test('a chat that is not there, and an Ollama that is not', async ({ chat, page, ollama, brooklet }) => {
    await chat.open(`${brooklet.url}/c/nowhere`);
    await expect(chat.transcript).toMatchAriaSnapshot({ name: 'missing.aria.yml' });
    await ollama.goAway();
    await chat.open(brooklet.url);
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(chat.transcript).toMatchAriaSnapshot({ name: 'alone.aria.yml' });
    await chat.ask('Anybody there?');
    await chat.ended();
    await expect(chat.transcript).toMatchAriaSnapshot({ name: 'failed.aria.yml' });
  });
});
