// A model that is loaded and says nothing more: the page says so, and can free it.
import { expect, test } from '../support/house';

test.use({ model: 'sim:tokens=40,fault=stall@20', flags: ['--silent-after', '1s'] });

test('a model that hangs can be unloaded', async ({ chat, ollama }) => {
  await chat.ask('Tell me');
  await chat.begun();
  await expect(chat.answers.getByText('The model has said nothing for a while.')).toBeVisible();
  await chat.answers.getByRole('button', { name: 'Unload the model' }).click();
  await chat.ended();
  await expect(chat.answers.getByText('so it was unloaded')).toBeVisible();
  await expect(chat.answers.getByRole('button', { name: 'Continue' })).toBeVisible();
  expect((await ollama.stats()).open).toBe(0);
  expect(await (await fetch(`${ollama.url}/api/ps`)).json()).toEqual({ models: [] });
});
