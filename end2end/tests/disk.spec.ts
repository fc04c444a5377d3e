// A disk that takes nothing more: what is there can be read, what is asked is not lost, and it goes on when there is room.
import { Chat, expect, test } from '../support/house';
import { Program, program } from '../support/process';

test.skip(process.platform !== 'linux', 'only Linux can limit what a running program writes');
test.use({ model: 'sim:tokens=40,rate=400', complaints: /Failed to load resource/ });

test('a disk that is full: one reads on, and Retry asks once there is room', async ({ page, ollama, model }) => {
  const args = ['--listen', '127.0.0.1:0', '--ollama', ollama.url, '--log', 'off', '--no-titles', '--model', model];
  const brooklet = await Program.startFull(program('BROOKLET_BIN'), args);
  const chat = new Chat(page);
  await chat.open(brooklet.url);
  await chat.ask('While there is room');
  await chat.ended();
  const said = (await ollama.text(model)).content;

  brooklet.mayWrite(false);
  await chat.ask('And now?');
  await expect(chat.answers.last().getByRole('alert')).toContainText('Brooklet could not use its database');
  await page.reload();
  await chat.awake();
  // What there is can be read; what could not be kept is sent again, and fails again.
  await expect(chat.questions.last()).toHaveText('And now?');
  await expect(chat.answers.last().getByRole('alert')).toContainText('Brooklet could not use its database');
  expect(await chat.read(chat.answers.first())).toBe(said);
  expect((await ollama.stats()).started).toBe(1);

  brooklet.mayWrite(true);
  await chat.answers.last().getByRole('button', { name: 'Retry' }).click();
  await chat.ended();
  expect(await chat.read()).toBe(said);
  await page.reload();
  await chat.awake();
  await expect(chat.questions).toHaveText(['While there is room', 'And now?']);
  expect((await ollama.stats()).started).toBe(2);
  await page.close();
  await brooklet.stop();
});
