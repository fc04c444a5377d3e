// Where Brooklet cannot be reached: an honest page, installed beside it, and nothing else.
import { expect, test } from '../support/house';

test.use({
  serviceWorkers: 'allow',
  model: 'sim:tokens=8,rate=2000',
  complaints: /Failed to load resource|net::ERR_CONNECTION_REFUSED/,
});

test('a page that cannot be had says so, and is there again when Brooklet is', async ({ chat, page, brooklet }) => {
  await chat.ask('One');
  await chat.ended();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => !!navigator.serviceWorker.controller)).toBe(true);
  const address = page.url();
  await brooklet.kill();
  const shown = await page.reload();
  expect(shown!.status()).toBe(503);
  expect(shown!.headers()['cache-control']).toBe('no-store');
  await expect(page.getByRole('heading', { name: 'Brooklet cannot be reached' })).toBeVisible();
  expect(page.url()).toBe(address);
  // It wears what the page wears.
  expect(await page.evaluate(() => getComputedStyle(document.body).fontFamily)).toContain('system-ui');
  await brooklet.startAgain();
  await page.getByRole('link', { name: 'Try again' }).click();
  await chat.awake();
  expect(page.url()).toBe(address);
  await expect(chat.questions).toHaveText(['One']);
});

test('of what was said nothing is kept in the browser', async ({ chat, page }) => {
  await chat.ask('A secret');
  await chat.ended();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await chat.awake();
  const kept = await page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
    }
    return paths.sort();
  });
  expect(kept).toEqual(['/offline', '/pkg/brooklet.css']);
});

test('it can be installed', async ({ chat, page, request, brooklet }) => {
  const link = await page.locator('link[rel=manifest]').getAttribute('href');
  const answer = await request.get(brooklet.url + link);
  expect(answer.headers()['content-type']).toBe('application/manifest+json');
  const manifest = await answer.json();
  for (const icon of manifest.icons) {
    const image = await request.get(brooklet.url + icon.src);
    expect(image.ok()).toBe(true);
    if (icon.type === 'image/png') {
      // The width and the height of a PNG are at its bytes 16 and 20.
      const bytes = await image.body();
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(icon.sizes);
    }
  }
  // As Chromium sees it: nothing stands in the way.
  const devtools = await page.context().newCDPSession(page);
  const { errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map((it) => it.errorId).filter((it) => it !== 'in-incognito')).toEqual([]);
});
