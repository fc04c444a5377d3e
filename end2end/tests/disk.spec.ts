// A disk that takes nothing more: one reads and asks on, is told what is not kept, and all of it is once there is room.
import { expect, test } from '../support/house';

test.use({ model: 'sim:tokens=40,rate=400', complaints: /Failed to load resource/ });

test('a disk that is full costs nobody anything', async ({ chat, page, brooklet, ollama, model }) => {
  await chat.ask('While there is room');
  await chat.ended();
  const said = (await ollama.text(model)).content;

  brooklet.mayWrite(false);
  await chat.ask('And now?');
  await chat.ended();
  expect(await chat.read()).toBe(said);
  await expect(chat.answers.last().getByText('This answer has not been saved')).toBeVisible();
  // What is there can be read, whoever comes.
  await page.reload();
  await chat.awake();
  await expect(chat.questions).toHaveText(['While there is room', 'And now?']);
  expect(await chat.read(chat.answers.first())).toBe(said);
  expect(await chat.read()).toBe(said);
  // What cannot be done is said.
  await chat.list.getByRole('listitem').filter({ hasText: 'While there is room' }).locator('summary').click();
  await chat.list.getByRole('button', { name: 'Archive' }).click();
  await expect(chat.list.getByText('Brooklet could not use its database')).toBeVisible();

  brooklet.mayWrite(true);
  // What had to wait is saved without anybody's doing: a Brooklet that ends now, and badly, has lost nothing.
  await expect
    .poll(async () => {
      await page.reload();
      await chat.awake();
      return (await chat.questions.allTextContents()).concat(await chat.answers.locator('.notice').allTextContents());
    })
    .toEqual(['While there is room', 'And now?']);
  await brooklet.kill();
  await brooklet.startAgain();
  await page.reload();
  await chat.awake();
  await expect(chat.questions).toHaveText(['While there is room', 'And now?']);
  expect(await chat.read()).toBe(said);
  expect((await ollama.stats()).started).toBe(2);
});
