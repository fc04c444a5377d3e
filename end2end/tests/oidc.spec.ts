// A provider as people run one, certified and not of our making: to it, back from it, and what it says of whom.
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { Chat, expect, test as base } from '../support/house';
import { Program } from '../support/process';
import { Wire } from '../support/wire';

const PROVIDER = fileURLToPath(new URL('../support/provider.mjs', import.meta.url));

/** What Brooklet is known there by: with letters that have to be escaped on their way. */
const SECRET = 'a secret: 100%&+/=';

const test = base.extend<{ provider: Program }>({
  // Brooklet and the provider are told at their start where people come back to, so that is known before either is there.
  wire: async ({}, use) => {
    const wire = await Wire.open();
    await use(wire);
    await wire.cut();
  },

  provider: async ({ wire }, use) => {
    const args = ['127.0.0.1:0', `${wire.url}/oidc/end`, SECRET];
    const provider = await Program.start(process.execPath, [PROVIDER, ...args]);
    await use(provider);
    await provider.stop();
  },

  elsewhere: async ({ provider }, use) => use(provider.url),

  flags: async ({ provider, wire }, use) => {
    const client = ['--oidc-client-id', 'brooklet', '--oidc-client-secret', SECRET];
    const groups = ['--oidc-scopes', 'openid profile groups', '--oidc-user-group', 'chat', '--admin-group', 'admins'];
    await use(['--auth', 'oidc', '--oidc-issuer', provider.url, '--public-url', wire.url, ...client, ...groups]);
  },

  brooklet: async ({ brooklet, wire }, use) => {
    wire.leadTo(brooklet.port);
    await use(brooklet);
  },
});

// A browser complains of each page that says no.
test.use({ model: 'sim:text=echo,rate=400', complaints: /status of 40[013]/ });

/** Goes to the provider, from the page that one is led to. */
async function leave(page: Page, provider: Program): Promise<void> {
  await expect(page).toHaveURL(/\/login/);
  await page.getByRole('link', { name: 'Sign in at localhost' }).click();
  await expect(page).toHaveURL((url) => url.origin === provider.url);
}

/** Says there who one is; it is asked then whether Brooklet may know. */
async function tell(page: Page, name: string): Promise<void> {
  await page.getByLabel('Who are you?').fill(name);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('Brooklet asks for: openid, profile, groups')).toBeVisible();
}

/** All of it, from wherever one wants to go. */
async function signIn(page: Page, provider: Program, to: string, name: string): Promise<void> {
  await page.goto(to);
  await leave(page, provider);
  await tell(page, name);
  await page.getByRole('button', { name: 'Go on' }).click();
}

test('one is led to the provider and back, is what the group says, and goes out and in again', async ({
  page,
  provider,
  wire,
  another,
}) => {
  await signIn(page, provider, `${wire.url}/account`, 'anna');
  await expect(page).toHaveURL(`${wire.url}/account`);
  await expect(page.getByText('Signed in as anna')).toBeVisible();
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('heading', { name: 'Administration' })).toBeVisible();
  const chat = new Chat(page);
  await chat.open(wire.url);
  await chat.ask('Something of mine.');
  await chat.ended();

  const friend = await another();
  await signIn(friend, provider, wire.url, 'berta');
  const theirs = new Chat(friend);
  await theirs.awake();
  await expect(theirs.list).not.toContainText('Something of mine.');
  await friend.goto(`${wire.url}/account`);
  await expect(friend.getByText('Signed in as berta')).toBeVisible();
  await expect(friend.getByRole('link', { name: 'Administration' })).toBeHidden();
  await friend.goto(`${wire.url}/admin`);
  await expect(friend.getByText('This is for administrators.')).toBeVisible();

  await page.goto(`${wire.url}/account`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto(`${wire.url}/account`);
  await expect(page).toHaveURL(/\/login/);
  // The provider knows her still, and asks nothing.
  await page.getByRole('link', { name: 'Sign in at localhost' }).click();
  await expect(page).toHaveURL(`${wire.url}/account`);
  await expect(page.getByText('Signed in as anna')).toBeVisible();
});

test('who is in no group that may come in, or says no at the provider, is told so', async ({ page, provider, wire, another }) => {
  await signIn(page, provider, wire.url, 'clara');
  await expect(page.getByRole('alert')).toHaveText(
    'You are not in the group chat, whose members may come in. Ask an administrator.',
  );
  await page.goto(`${wire.url}/account`);
  await expect(page).toHaveURL(/\/login/);

  const friend = await another();
  await friend.goto(wire.url);
  await leave(friend, provider);
  await tell(friend, 'anna');
  await friend.getByRole('button', { name: 'Refuse' }).click();
  await expect(friend.getByRole('alert')).toContainText('You are not signed in: it was refused there');
  // Who thinks better of it is asked anew.
  await friend.getByRole('link', { name: 'Sign in at localhost' }).click();
  await friend.getByRole('button', { name: 'Go on' }).click();
  await new Chat(friend).awake();
});

test('a provider that signs by another key from now on is asked for it', async ({ page, provider, wire }) => {
  const key = async (): Promise<string> => {
    const { keys } = await (await fetch(`${provider.url}/jwks`)).json();
    expect(keys).toMatchObject([{ kty: 'RSA', alg: 'RS256' }]);
    return keys[0].kid;
  };
  const first = await key();
  await signIn(page, provider, `${wire.url}/account`, 'anna');
  await expect(page.getByText('Signed in as anna')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
  await provider.kill();
  await provider.startAgain();
  expect(await key()).not.toBe(first);
  await signIn(page, provider, `${wire.url}/account`, 'anna');
  await expect(page.getByText('Signed in as anna')).toBeVisible();
});

test('who comes back with another state than they left with stays out', async ({ page, provider, wire }) => {
  await page.goto(wire.url);
  // What a browser is sent there with, before it goes.
  const begun = await page.request.get(`${wire.url}/oidc/begin?to=/account`, { maxRedirects: 0 });
  const right = begun.headers().location;
  const wrong = new URL(right);
  wrong.searchParams.set('state', `${wrong.searchParams.get('state')}x`);
  await page.goto(wrong.href);
  await tell(page, 'anna');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('alert')).toContainText('This sign-in was begun in another browser');
  await page.goto(`${wire.url}/account`);
  await expect(page).toHaveURL(/\/login/);
  // Nothing else was wrong with it.
  await page.goto(right);
  await expect(page).toHaveURL(`${wire.url}/account`);
  await expect(page.getByText('Signed in as anna')).toBeVisible();
});
