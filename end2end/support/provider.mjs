// A provider that signs people in: oidc-provider, which is certified, and two plain pages of ours, as its own load a font from
// the network. Arguments: where to listen, where people go back to, and the secret of Brooklet.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider } from 'oidc-provider';

/** The groups of all whom it knows. */
const GROUPS = { anna: ['chat', 'admins'], berta: ['chat'], clara: ['guests'] };

const [listen, back, secret] = process.argv.slice(2);

const server = createServer();
await new Promise((resolve) => server.listen(Number(listen.split(':').at(-1)), '127.0.0.1', resolve));
// For a browser another site than 127.0.0.1, as a provider is: cookies of one are no cookies of the other.
const issuer = `http://localhost:${server.address().port}`;

// Another one at each start: who starts it again has it sign by another.
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  clients: [{ client_id: 'brooklet', client_secret: secret, redirect_uris: [back] }],
  jwks: { keys: [{ ...key, kid: randomUUID(), alg: 'RS256', use: 'sig' }] },
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  findAccount: (_, id) =>
    GROUPS[id] && { accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: GROUPS[id] }) },
  cookies: { keys: [randomUUID()] },
  features: { devInteractions: { enabled: false } },
});
const oidc = provider.callback();

/** Asks who it is, and then whether Brooklet may know. */
async function ask(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(prompt));
    return;
  }
  const form = new URLSearchParams(await text(request));
  if (form.get('do') === 'refuse') {
    const refused = { error: 'access_denied', error_description: 'Refused.' };
    await provider.interactionFinished(request, response, refused);
  } else if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: form.get('name') } });
  } else {
    const known = grantId && (await provider.Grant.find(grantId));
    const grant = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
    const consent = { grantId: await grant.save() };
    await provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
  }
}

function page({ name, details }) {
  const asks =
    name === 'login'
      ? '<label>Who are you? <input name="name"></label>'
      : `<p>Brooklet asks for: ${details.missingOIDCScope.join(', ')}</p>`;
  return `<!doctype html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">
    <form method="post">${asks}<button name="do" value="go">Go on</button><button name="do" value="refuse">Refuse</button></form>`;
}

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return oidc(request, response);
  ask(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end(String(error));
  });
});
console.log(`The provider listens on ${issuer}`);
