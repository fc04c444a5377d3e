/** The page of models: a download is seen while it goes on, in every tab, and nothing that is typed is lost by it. */

import { expect, test } from '../support/house';

test('a download shows how far it is, in every tab, until it is cancelled or done', async ({ page, another, brooklet }) => {
  const other = await another();
  for (const tab of [page, other]) await tab.goto(`${brooklet.url}/models`);
  const name = page.getByLabel('Name of the model');
  await name.fill('sim-pull:bytes-4000000_stall');
  await page.getByRole('button', { name: 'Download' }).click();
  const goesOn = page.locator('#jobs');
  await expect(goesOn).toContainText('2.0 MB of 4.0 MB (50 %)');
  await other.reload();
  await expect(other.locator('#jobs')).toContainText('2.0 MB of 4.0 MB (50 %)');
  // What is typed stays while the rest is shown anew, and so does the focus.
  await name.fill('sim-pull:bytes-3');
  await page.locator('#jobs').evaluate((it) => it.setAttribute('data-old', ''));
  await expect(page.locator('#jobs[data-old]')).toHaveCount(0);
  await expect(name).toHaveValue('sim-pull:bytes-3');
  await expect(name).toBeFocused();
  await other.getByRole('button', { name: /^Cancel/ }).click();
  await expect(goesOn).toHaveCount(0);
  await name.fill('sim-pull:bytes-3000000_rate-1500000');
  await page.getByRole('button', { name: 'Download' }).click();
  await expect(page.locator('#models')).toContainText('sim-pull:bytes-3000000');
  await expect(page.locator('#jobs')).toContainText('Done');
  // Nothing is left that asks again and again.
  await expect(page.locator('#jobs[data-goes-on]')).toHaveCount(0);
});
