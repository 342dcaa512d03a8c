// An identity provider for the stories: oidc-provider, which is certified, with a login page of one field.
//
//   node provider.mjs CERTIFICATE KEY NOW CLIENT SECRET WAY_BACK
//
// It listens on a free port of loopback, says "listening on PORT", and ends with its standard input.
// NOW is the time of the story, in milliseconds since 1970; it stands still, as the story's does.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certificate, key, now, client, secret, wayBack] = process.argv.slice(2);
// Nobody reads what it says besides.
console.info = console.warn = console.error;
Date.now = () => Number(now);
const { default: Provider } = await import('oidc-provider');

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://localhost:${server.address().port}`;
  server.on('request', provider(issuer).callback());
  console.log(`listening on ${server.address().port}`);
});
process.stdin.resume().on('end', () => process.exit(0));

function provider(issuer) {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: client, client_secret: secret, redirect_uris: [wayBack], token_endpoint_auth_method: 'client_secret_basic',
    }],
    cookies: { keys: ['of a story'] },
    claims: { openid: ['sub', 'amr', 'acr'], email: ['email', 'email_verified'], profile: ['groups'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
    pkce: { required: () => true },
    // Whoever signs in has agreed.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    // "kim+verified@fabrikam.example": what stands before @ says who, and what is said of them.
    async findAccount(ctx, id) {
      const email = id.replace(/\+[a-z-]*/g, '');
      return {
        accountId: id,
        claims: async () => ({ sub: id, email, email_verified: id.includes('+verified'), groups: ['everybody'] }),
      };
    },
  });
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/login/')) {
      if (ctx.method === 'GET') {
        ctx.type = 'html';
        ctx.body = `<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>Login</title><h1>Login</h1>
<form method="post"><label for="login">Account</label> <input id="login" name="login"><button>Log in</button></form></html>`;
        return;
      }
      let body = '';
      for await (const chunk of ctx.req) body += chunk;
      const accountId = new URLSearchParams(body).get('login');
      const amr = accountId.includes('-otp') ? ['pwd', 'otp'] : ['pwd'];
      await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, amr } });
      ctx.respond = false;
      return;
    }
    await next();
    // The browser's clock is not the story's.
    const cookies = ctx.response.headers['set-cookie'];
    if (cookies) {
      const lasting = (cookie) => cookie.replace(/; expires=(?!Thu, 01 Jan 1970)[^;]*/i, '');
      ctx.set('set-cookie', [].concat(cookies).map(lasting));
    }
  });
  return provider;
}
