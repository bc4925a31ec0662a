// A small provider of identity with fictional accounts: `node provider.js '{"console": "http://127.0.0.1:8080", …}'`. It says
// its address on the first line of standard output. Started again, it signs with another key.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { Provider } from 'oidc-provider';

// Nobody reads standard output any more once the address is known: notices of the library go elsewhere.
console.info = console.warn;

const options = JSON.parse(process.argv[2]);

// A provider whose clock is wrong.
if (options.ahead_s) {
  const now = Date.now;
  Date.now = () => now() + options.ahead_s * 1000;
}

// What is typed at the login page -> who that is. Two have the same name: a provider may give one to somebody else.
const ACCOUNTS = {
  zhang: { sub: 'id-of-zhang', preferred_username: 'zhang@province.example' },
  li: { sub: 'id-of-li', preferred_username: 'li@province.example' },
  renamed: { sub: 'id-of-zhang', preferred_username: 'zhang.new@province.example' },
  successor: { sub: 'id-of-successor', preferred_username: 'zhang@province.example' },
  nameless: { sub: 'id-of-nameless' },
};

const server = options.tls
  ? createTlsServer({ cert: readFileSync(options.tls.cert), key: readFileSync(options.tls.key) })
  : createServer();
server.listen(options.port ?? 0, '127.0.0.1', () => {
  const { port } = server.address();
  // Another site than the console's 127.0.0.1, as a province's provider is; the console's cookies stay there.
  const issuer = `${options.tls ? 'https' : 'http'}://localhost:${port}`;
  server.on('request', provider(issuer));
  console.log(issuer);
});

function provider(issuer) {
  const oidc = new Provider(issuer, {
    clients: [{
      client_id: 'liangdi',
      client_secret: options.secret,
      redirect_uris: [`${options.console}/login/oidc/back`],
      post_logout_redirect_uris: [`${options.console}/login`],
      token_endpoint_auth_method: options.secret_in_body ? 'client_secret_post' : 'client_secret_basic',
      id_token_signed_response_alg: options.curve ? 'ES256' : 'RS256',
    }],
    clientAuthMethods: [options.secret_in_body ? 'client_secret_post' : 'client_secret_basic'],
    jwks: { keys: [key()] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    // As the standard has it, names come from the user info endpoint alone; many providers put them into the token.
    conformIdTokenClaims: !options.names_in_token,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: options.logout ?? true },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => Object.values(ACCOUNTS).find(({ sub }) => sub === id) }),
    loadExistingGrant: granted,
    renderError: (ctx, out) => { ctx.type = 'text/plain'; ctx.body = JSON.stringify(out); },
  });
  const handle = oidc.callback();
  return (request, response) => {
    response.setHeader('date', new Date(Date.now()).toUTCString());
    const interaction = /^\/interaction\/[^/]+(\/cancel)?$/.exec(request.url);
    if (!interaction) return handle(request, response);
    return interact(oidc, request, response, interaction[1] !== undefined)
      .catch((error) => response.writeHead(400).end(String(error)));
  };
}

// Everybody may use the console: nobody is asked.
async function granted(ctx) {
  const { client, provider: { Grant }, session } = ctx.oidc;
  const grant = new Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile');
  await grant.save();
  return grant;
}

async function interact(oidc, request, response, cancelled) {
  if (cancelled) {
    return oidc.interactionFinished(request, response, { error: 'access_denied', error_description: 'cancelled' });
  }
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(`<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1>
      <form method="post"><input id="account" name="account" autofocus><button>Log in</button></form>
      <a id="cancel" href="${request.url}/cancel">Cancel</a></html>`);
  }
  let body = '';
  for await (const piece of request) body += piece;
  const account = ACCOUNTS[new URLSearchParams(body).get('account')];
  if (!account) return response.writeHead(403).end('nobody');
  return oidc.interactionFinished(request, response, { login: { accountId: account.sub } });
}

function key() {
  const pair = options.curve
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = pair.privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: randomUUID(), use: 'sig', alg: options.curve ? 'ES256' : 'RS256' };
}
