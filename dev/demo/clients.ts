/** The systems that sign people in through us in the demo: our own pages, our API, and a pretend clinical system. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportPKCS8, generateKeyPair, type JWK } from 'jose';

export interface Clients {
  /** What the authentication service reads. */
  file: string;
  webKey: string;
  apiKey: string;
  relyingPartyKey: string;
}

export async function writeClients(folder: string, urls: { web: string; relyingParty: string }): Promise<Clients> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [web, api, relyingParty] = await Promise.all(
    ['web', 'api', 'relying-party'].map((name) => clientKey(join(folder, `${name}.pem`), name)),
  );
  const signed = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' } as const;
  const clients = [
    {
      ...signed,
      client_id: 'care-identity-web',
      client_name: 'Care Identity Service',
      redirect_uris: [`${urls.web}/sign-in/callback`],
      post_logout_redirect_uris: [`${urls.web}/signed-out`],
      jwks: { keys: [web?.publicKey] },
      scope: 'openid',
    },
    { ...signed, client_id: 'care-identity-api', client_name: 'Care Identity API', jwks: { keys: [api?.publicKey] }, may_introspect: true },
    {
      ...signed,
      client_id: 'demo-clinical-system',
      client_name: 'Willow clinical system',
      redirect_uris: [`${urls.relyingParty}/callback`],
      post_logout_redirect_uris: [`${urls.relyingParty}/`],
      backchannel_logout_uri: `${urls.relyingParty}/back-channel-logout`,
      jwks: { keys: [relyingParty?.publicKey] },
      scope: 'openid profile nhsperson nationalrbacaccess associatedorgs selectedrole care-identity-api',
      minimum_level: 2,
    },
  ];
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify(clients, null, 2), { mode: 0o600 });
  return { file, webKey: web?.path ?? '', apiKey: api?.path ?? '', relyingPartyKey: relyingParty?.path ?? '' };
}

async function clientKey(path: string, kid: string): Promise<{ path: string; publicKey: JWK }> {
  if (!existsSync(path)) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    writeFileSync(path, await exportPKCS8(privateKey), { mode: 0o600 });
  }
  const publicKey = createPublicKey(readFileSync(path, 'utf8')).export({ format: 'jwk' });
  return { path, publicKey: { ...publicKey, kid, alg: 'ES256', use: 'sig' } };
}
