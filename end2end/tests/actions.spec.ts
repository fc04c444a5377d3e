// What can be done with a message: copied, read aloud, answered by another model.
import { expect, test, words } from '../support/house';

test.describe('an answer in Markdown', () => {
  test.use({ model: 'sim:text=echo,rate=2000', permissions: ['clipboard-read', 'clipboard-write'] });

  const TEXT = 'Some **bold** words.\n\n```rust\nfn main() {}\n```\n\n- one\n- two';

  test('is copied as it was written, or as it is read', async ({ chat, page }) => {
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await chat.ask(TEXT);
    await chat.ended();
    await chat.answers.hover();
    await chat.answers.getByRole('button', { name: 'Copy', exact: true }).last().click();
    await expect.poll(copied).toBe(TEXT);
    await chat.answers.getByLabel('More').click();
    await chat.answers.getByRole('button', { name: 'Copy as text' }).click();
    await expect.poll(copied).toBe('Some bold words.\n\nfn main() {}\n\none\ntwo');
    await expect(chat.answers.getByRole('button', { name: 'Copy as text' })).toBeHidden();
    const asked = chat.page.locator('.asked');
    await asked.hover();
    await asked.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(copied).toBe(TEXT);
  });

  test('is read aloud block by block, without its code, until one has heard enough', async ({ chat, page }) => {
    await page.evaluate(() => {
      const spoken: string[] = [];
      let speaking = false;
      Object.defineProperty(window, 'spoken', { value: spoken });
      const voice = Object.getPrototypeOf(speechSynthesis);
      Object.defineProperty(voice, 'speaking', { get: () => speaking });
      voice.speak = (utterance: SpeechSynthesisUtterance) => {
        speaking = true;
        spoken.push(utterance.text);
      };
      voice.cancel = () => {
        speaking = false;
      };
    });
    await chat.ask(TEXT);
    await chat.ended();
    await chat.answers.hover();
    await chat.answers.getByLabel('More').click();
    await chat.answers.getByRole('button', { name: 'Read aloud' }).click();
    const spoken = () => page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
    expect((await spoken()).map(words)).toEqual(['Some bold words.', 'one two']);
    await chat.answers.getByLabel('More').click();
    await chat.answers.getByRole('button', { name: 'Stop reading' }).click();
    expect(await page.evaluate(() => speechSynthesis.speaking)).toBe(false);
  });
});

test.describe('by keyboard', () => {
  test.use({ model: '' });

  test('an answer is had from another model, and stands beside the first', async ({ chat, page, ollama }) => {
    await chat.ask('One');
    await chat.begun(10);
    await chat.stop.click();
    await chat.ended();
    const first = (await ollama.requests())[0].model;
    const more = chat.answers.getByLabel('More');
    await more.focus();
    await page.keyboard.press('Enter');
    const other = chat.answers.getByRole('button', { name: /^qwen3/ });
    await expect(other).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(other).toBeHidden();
    await page.keyboard.press('Enter');
    await other.focus();
    const name = (await other.textContent())!;
    expect(name).not.toBe(first);
    await page.keyboard.press('Enter');
    await expect(page.getByText('2 / 2')).toBeVisible();
    await expect(chat.answers.getByText(name).first()).toBeVisible();
    expect((await ollama.requests())[1].model).toBe(name);
    await chat.stop.click();
    await chat.ended();
  });
});
