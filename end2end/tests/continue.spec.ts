// An answer that was cut goes on in the same message, whatever has cut it.
import { expect, test, words } from '../support/house';

test.describe('a stopped answer', () => {
  test.use({ model: 'sim:tokens=300,thinking=5,rate=100' });

  test('goes on where it was, and is whole', async ({ chat, ollama, model }) => {
    await chat.ask('Tell me');
    await chat.begun(100);
    await chat.stop.click();
    await chat.ended();
    const part = await chat.read();
    await chat.answers.getByRole('button', { name: 'Continue' }).click();
    await chat.ended();
    const whole = await chat.read();
    expect(whole.startsWith(part)).toBe(true);
    expect(whole).toBe((await ollama.text(model)).content);
    await expect(chat.answers).toHaveCount(1);
    // The partial answer was the last word that the model was told.
    const last = (await ollama.requests()).at(-1).messages.at(-1);
    expect(last.role).toBe('assistant');
    expect(words(last.content)).toBe(part);
  });
});

test.describe('an answer that broke off', () => {
  test.use({ model: 'sim:tokens=60,fault=eof@20' });

  test('offers to go on, and to begin anew', async ({ chat }) => {
    await chat.ask('Tell me');
    await chat.ended();
    const part = await chat.read();
    expect(part).not.toBe('');
    await expect(chat.answers.getByRole('button', { name: 'Retry' })).toBeVisible();
    await chat.answers.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(async () => (await chat.read()).length).toBeGreaterThan(part.length);
    await chat.ended();
    expect((await chat.read()).startsWith(part)).toBe(true);
  });
});

test.describe('with a Brooklet that is killed in mid-answer and started again', () => {
  test.use({ complaints: /ERR_|Failed to load resource/, model: 'sim:tokens=400,rate=80' });

  test('the page says so, and Continue finishes the same message', async ({ chat, brooklet, ollama, model }) => {
    await chat.ask('Tell me');
    await chat.begun(600);
    await brooklet.kill();
    await brooklet.startAgain();
    await chat.ended();
    await expect(chat.answers.getByText('Brooklet ended unexpectedly')).toBeVisible();
    const { content } = await ollama.text(model);
    const part = await chat.read();
    expect(part).not.toBe('');
    expect(content.startsWith(part)).toBe(true);
    await chat.answers.getByRole('button', { name: 'Continue' }).click();
    await chat.ended();
    expect(await chat.read()).toBe(content);
    await expect(chat.answers).toHaveCount(1);
  });
});
