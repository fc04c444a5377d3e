// Accounts in a browser: the first one by the link in the log, others by invitation, keys, a second factor, and all of it
// without a script as well.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { Chat, expect, flaws, test } from '../support/house';
import type { Program } from '../support/process';

const PASSWORD = 'seven brown trout';

// A browser complains of each page that says no.
test.use({ flags: ['--auth', 'password'], model: 'sim:text=echo,rate=400', complaints: /status of 40[013]/ });

/** The link by which the first account is made, as the log has it. */
async function setUpLink(brooklet: Program): Promise<string> {
  await expect.poll(() => brooklet.log).toMatch(/join\?link=/);
  return /http\S+join\?link=[\w-]+/.exec(brooklet.log)![0];
}

async function makeFirst(page: Page, brooklet: Program, name = 'Anna'): Promise<void> {
  await page.goto(await setUpLink(brooklet));
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Go on' }).click();
}

/** Makes a key; it stands on the page then. */
async function makeKey(page: Page, name: string): Promise<void> {
  const form = page.locator('form', { has: page.getByRole('button', { name: 'Make a key' }) });
  await form.getByLabel('What it is for').fill(name);
  await form.getByLabel('Your password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Make a key' }).click();
}

async function signIn(page: Page, name: string, code = ''): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The code that a telephone shows a while from now: each counts once. */
function code(spelled: string, later: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...spelled.replace(/ /g, '')].map((it) => letters.indexOf(it).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g)!.map((it) => Number.parseInt(it, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac('sha1', secret).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('from the first start to a friend: set up, ask, invite, sign out and in', async ({ page, brooklet, another }) => {
  await page.goto(brooklet.url);
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText('There is no account yet.')).toBeVisible();
  await makeFirst(page, brooklet);
  const chat = new Chat(page);
  await chat.awake();
  await chat.ask('Something of mine.');
  await chat.ended();
  await page.getByRole('link', { name: 'Account: Anna' }).click();
  await expect(page.getByRole('heading', { name: 'Account' })).toBeVisible();
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  const link = await page.locator('.once code').textContent();

  const friend = await another();
  await friend.goto(link!);
  await friend.getByLabel('Name').fill('Berta');
  await friend.getByLabel('New password').fill('password');
  await friend.getByRole('button', { name: 'Go on' }).click();
  await expect(friend.getByRole('alert')).toContainText('too easily guessed');
  await friend.getByLabel('New password').fill(PASSWORD);
  await friend.getByRole('button', { name: 'Go on' }).click();
  const theirs = new Chat(friend);
  await theirs.awake();
  await expect(theirs.list).not.toContainText('Something of mine.');
  await friend.goto(`${brooklet.url}${new URL(page.url()).pathname}`);
  await expect(friend.getByText('This is for administrators.')).toBeVisible();

  await page.goto(`${brooklet.url}/account`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
  await signIn(page, 'anna');
  await chat.awake();
  await expect(chat.list).toContainText('Something of mine.');
});

test('a key is shown once, and a program asks by it', async ({ page, brooklet, request }) => {
  await makeFirst(page, brooklet);
  await page.goto(`${brooklet.url}/account`);
  await page.getByText('Make a key').first().click();
  await makeKey(page, 'script');
  const key = (await page.locator('.once code').textContent())!;
  const ask = (key: string) =>
    request.post(`${brooklet.url}/api/chat`, { data: { message: 'hi' }, headers: { authorization: `Bearer ${key}` } });
  expect((await ask(key)).status()).toBe(200);
  await page.goto(`${brooklet.url}/account`);
  await expect(page.locator('main')).not.toContainText(key);
  await page.getByRole('button', { name: 'Revoke: script' }).click();
  await expect(page.getByText('script')).toBeHidden();
  expect((await ask(key)).status()).toBe(401);
});

test('a second factor is scanned, asked for, and has codes for when it is lost', async ({ page, brooklet }) => {
  await makeFirst(page, brooklet);
  await page.goto(`${brooklet.url}/account`);
  await page.getByRole('button', { name: 'Set it up' }).click();
  await expect(page.getByRole('img', { name: 'The secret as a picture for a camera' })).toBeVisible();
  const spelled = (await page.locator('input[name=secret]').inputValue())!;
  await page.getByLabel('Code', { exact: true }).fill(code(spelled, 0));
  await page.getByLabel('Your password').last().fill(PASSWORD);
  await page.getByRole('button', { name: 'Turn it on' }).click();
  const codes = await page.locator('.once code').allTextContents();
  expect(codes).toHaveLength(10);
  for (const typed of [code(spelled, 1), codes[0]]) {
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await signIn(page, 'Anna');
    await expect(page.getByRole('alert')).toContainText('not right');
    await signIn(page, 'Anna', typed);
    await new Chat(page).awake();
    await page.goto(`${brooklet.url}/account`);
  }
});

test.describe('who is signed out while a page is open', () => {
  test('is told so, and nothing that was asked is lost', async ({ page, brooklet, context }) => {
    await makeFirst(page, brooklet);
    const chat = new Chat(page);
    await chat.awake();
    const cookies = await context.cookies();
    await context.clearCookies();
    await chat.ask('Is this lost?');
    await expect(chat.answers.last()).toContainText('Load the page anew to sign in');
    await page.reload();
    await signIn(page, 'Anna');
    await chat.awake();
    await chat.ended();
    expect(await chat.read()).toContain('Is this lost?');
    expect(cookies.map((it) => [it.name, it.httpOnly, it.sameSite])).toEqual([['brooklet', true, 'Lax']]);
  });
});

test('without a script one signs in, asks and signs out', async ({ page, brooklet, another }) => {
  await makeFirst(page, brooklet);
  const plain = await another({ scripts: false });
  await signIn(plain, 'Anna');
  await plain.getByRole('textbox', { name: 'Your question' }).fill('Without a script.');
  await plain.getByRole('button', { name: 'Send' }).click();
  await expect(plain.getByRole('article', { name: 'Answer' })).toContainText('Without a script.');
  await plain.goto(`${brooklet.url}/account`);
  await plain.getByRole('button', { name: 'Sign out', exact: true }).click();
  await plain.goto(brooklet.url);
  await expect(plain).toHaveURL(/\/login/);
});

for (const [name, width] of Object.entries({ wide: 1440, phone: 390 })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ viewport: { width, height: 844 }, colorScheme });

      test('the pages about accounts fit, and axe finds nothing', async ({ page, brooklet }) => {
        const look = async (state: string): Promise<void> => {
          const folder = process.env.SCREENSHOTS;
          const path = folder ? `${folder}/${state}-${name}-${colorScheme}.jpeg` : test.info().outputPath(`${state}.jpeg`);
          await page.screenshot({ path, animations: 'disabled', quality: 60, fullPage: true });
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(overflow, state).toBe(0);
          expect(await flaws(page), state).toEqual([]);
        };
        await page.goto(`${brooklet.url}/login`);
        await look('sign-in');
        await signIn(page, 'nobody');
        await look('sign-in-wrong');
        await page.goto(await setUpLink(brooklet));
        await look('set-up');
        await makeFirst(page, brooklet);
        const chat = new Chat(page);
        await chat.awake();
        await chat.ask('How much is this?');
        await chat.ended();
        await page.goto(`${brooklet.url}/account`);
        for (const fold of await page.locator('summary').all()) await fold.click();
        await makeKey(page, 'A script for the garden');
        await look('account-key');
        await page.getByRole('button', { name: 'Set it up' }).click();
        for (const fold of await page.locator('summary').all()) await fold.click();
        await look('account');
        await page.goto(`${brooklet.url}/admin`);
        await page.getByRole('button', { name: 'Make an invitation' }).click();
        for (const fold of await page.locator('summary').all()) await fold.click();
        await look('administration');
      });
    });
  }
}
