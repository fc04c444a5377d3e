// Another language: as the browser asks for it, or as one sets it.
import { expect, flaws, test } from '../support/house';

test.use({ model: 'sim:tokens=1200,thinking=40,rate=600' });

test.describe('a browser that asks for German', () => {
  test.use({ locale: 'de-AT', permissions: ['clipboard-read', 'clipboard-write'] });

  test('has all of a conversation in German', async ({ page, brooklet }) => {
    await page.goto(brooklet.url);
    await page.locator('body[data-awake]').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    const question = page.getByRole('textbox', { name: 'Deine Frage' });
    await expect(question).toHaveAttribute('placeholder', 'Frag mich etwas');
    await question.fill('Wie geht das?'.repeat(40));
    await expect(page.getByText('≈ 130 Token')).toBeVisible();
    await question.fill('Wie geht das?');
    await question.press('Enter');
    const answer = page.getByRole('article', { name: 'Antwort' });
    await expect(answer).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
    // As the browser writes it when it comes, and as the server does.
    const facts = answer.locator('.facts summary');
    await expect(facts).toContainText(/^1\.240 Token · [\d.]+,\d Token\/s$/);
    const said = await facts.innerText();
    await facts.click();
    // The day comes first, and it is this browser's clock.
    const time = answer.locator('.account time');
    await expect(time).toHaveText(/^\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d$/);
    expect(await time.innerText()).toBe(
      await time.evaluate((it: HTMLTimeElement) =>
        new Date(it.dateTime).toLocaleString('de', { dateStyle: 'medium', timeStyle: 'medium' }),
      ),
    );
    await expect(answer.locator('.thinking summary')).toHaveText('Eine Sekunde nachgedacht');
    await expect(page.locator('#spoken')).toContainText('Die Antwort ist vollständig.');
    await answer.getByRole('button', { name: 'Kopieren', exact: true }).first().click();
    await expect(page.locator('#spoken')).toContainText('Kopiert');
    await page.keyboard.press('Alt+Shift+KeyS');
    await expect(page.getByRole('dialog', { name: 'Einstellungen dieses Chats' })).toBeVisible();
    expect(await flaws(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('body[data-awake]').waitFor();
    await expect(answer.locator('.facts summary')).toHaveText(said);
    // What is done to chats is told in words that go with their number.
    const list = page.getByRole('navigation', { name: 'Chats' });
    await list.getByRole('listitem').filter({ hasText: 'Wie geht das?' }).locator('summary').click();
    await list.getByRole('button', { name: 'Löschen' }).click();
    await expect(list.getByText('„Wie geht das?“ ist gelöscht')).toBeVisible();
    await list.getByRole('button', { name: 'Rückgängig' }).click();
    await expect(list.getByRole('link', { name: 'Wie geht das?' })).toBeVisible();
  });
});

test('the language can be set, whatever the browser asks for', async ({ chat, page }) => {
  await page.keyboard.type('Half a question');
  await page.keyboard.press('Alt+Shift+KeyP');
  const dialog = page.getByRole('dialog', { name: 'Preferences' });
  await expect(dialog.getByRole('radio', { name: 'As the browser says' })).toBeChecked();
  await dialog.getByRole('radio', { name: 'Deutsch' }).click();
  await expect(page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: 'Neuer Chat' })).toBeVisible();
  await chat.awake();
  // What was being written is not lost with the language.
  await expect(page.getByRole('textbox', { name: 'Deine Frage' })).toHaveValue('Half a question');
  await page.keyboard.press('Alt+Shift+KeyP');
  const german = page.getByRole('dialog', { name: 'Vorlieben' });
  await expect(german.getByRole('radio', { name: 'Deutsch' })).toBeChecked();
  await german.getByRole('radio', { name: 'Wie der Browser sagt' }).click();
  await expect(chat.question).toHaveValue('Half a question');
  expect(await page.context().cookies()).toEqual([]);
});
