/**
 * The smallest system that signs people in through this service, with a supplier's own library. See "Connecting a system" in README, and sign in as a test person of the sandbox.
 * Without arguments it prints its public key; with its client id (and another issuer or port, if need be) it runs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import * as openid from 'openid-client';

const standard = 'http://localhost:3002/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare';
const { GUIDE_KEY_FILE: keyFile = '.data/guide-client.json', GUIDE_PORT: port = '3010', ISSUER: issuer = standard } = process.env;
const here = `http://localhost:${port}`;
const clientId = process.argv[2];

/** Made the first time. The private half never leaves this machine. */
async function ownKey(): Promise<JWK> {
  if (!existsSync(keyFile)) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    mkdirSync(dirname(keyFile), { recursive: true });
    writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'guide-1', alg: 'ES256', use: 'sig' }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(keyFile, 'utf8')) as JWK;
}

async function run(id: string): Promise<void> {
  const jwk = await ownKey();
  const proof = openid.PrivateKeyJwt({ key: (await importJWK(jwk, 'ES256')) as openid.CryptoKey, kid: String(jwk.kid) });
  // Only because everything of dev is plain http on this machine.
  const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
  const configuration = await openid.discovery(new URL(issuer), id, {}, proof, { execute });
  /** By state: what is compared when the person comes back. A real system keeps it in the person's session. */
  const begun = new Map<string, { pkceCodeVerifier: string; expectedNonce: string }>();

  const server = createServer(async (req, res) => {
    const url = new URL(req.url ?? '/', here);
    try {
      if (url.pathname === '/') {
        const [state, pkceCodeVerifier, expectedNonce] = [openid.randomState(), openid.randomPKCECodeVerifier(), openid.randomNonce()];
        begun.set(state, { pkceCodeVerifier, expectedNonce });
        const asked = openid.buildAuthorizationUrl(configuration, {
          redirect_uri: `${here}/callback`,
          scope: 'openid profile nationalrbacaccess selectedrole',
          acr_values: 'AAL2_OR_AAL3_ANY',
          code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
          code_challenge_method: 'S256',
          state,
          nonce: expectedNonce,
        });
        res.writeHead(303, { location: asked.href }).end();
      } else if (url.pathname === '/callback') {
        const state = url.searchParams.get('state') ?? '';
        const tokens = await openid.authorizationCodeGrant(configuration, url, { ...begun.get(state), expectedState: state });
        begun.delete(state);
        const claims = tokens.claims();
        if (!claims) throw new Error('There is no ID token');
        const userInfo = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        res.setHeader('content-type', 'application/json').end(JSON.stringify({ idToken: claims, userInfo }, null, 2));
      } else res.writeHead(404).end();
    } catch (error) {
      const { name, error: code } = error as Error & { error?: string };
      res.writeHead(502, { 'content-type': 'text/plain' }).end(`Not signed in: ${code ?? name}`);
    }
  });
  server.listen(Number(port), 'localhost', () => console.log(`Open ${here}/ to sign in`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close().closeAllConnections());
}

if (clientId) await run(clientId);
else {
  const { d: _private, ...publicKey } = await ownKey();
  console.log(`Register a system with the redirect address ${here}/callback, and add this public key to it:\n`);
  console.log(JSON.stringify(publicKey, null, 2));
  console.log(`\nThen: npx node dev/guide-client.ts <its client id>`);
}
