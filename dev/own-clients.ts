/** Our own two clients of the authentication service: the pages and the API. Every deployment has them, beside the systems that rely on it. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';

export const signedByKey = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' } as const;

export const ownClients = (webUrl: string, keys: { web: JWK; api: JWK }) => [
  {
    ...signedByKey,
    client_id: 'care-identity-web',
    client_name: 'Care Identity Service',
    redirect_uris: [`${webUrl}/sign-in/callback`],
    post_logout_redirect_uris: [`${webUrl}/signed-out`],
    jwks: { keys: [keys.web] },
    scope: 'openid',
    // Who registers and gives access has signed in with a card or key: a password and an app are not enough here.
    minimum_level: 3,
  },
  { ...signedByKey, client_id: 'care-identity-api', client_name: 'Care Identity API', jwks: { keys: [keys.api] }, may_introspect: true },
];

/** Makes the key (PKCS#8 in PEM) unless the file is there. @returns what the authentication service is told of it */
export async function clientKey(path: string, kid: string): Promise<JWK> {
  if (!existsSync(path)) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    writeFileSync(path, await exportPKCS8(privateKey), { mode: 0o600 });
  }
  const publicKey = createPublicKey(readFileSync(path, 'utf8')).export({ format: 'jwk' });
  return { ...publicKey, kid, alg: 'ES256', use: 'sig' };
}

/** Writes web-client.pem, api-client.pem and clients.json. Run again it keeps the keys, and every other system that the file lists. */
export async function writeOwnClients(folder: string, webUrl: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [web, api] = await Promise.all(['web', 'api'].map((name) => clientKey(join(folder, `${name}-client.pem`), name)));
  if (!web || !api) throw new Error('a client has no key');
  const own = ownClients(webUrl, { web, api });
  const file = join(folder, 'clients.json');
  const listed = existsSync(file) ? z.array(z.looseObject({ client_id: z.string() })).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  const others = listed.filter(({ client_id }) => !own.some((each) => each.client_id === client_id));
  writeFileSync(file, JSON.stringify([...own, ...others], null, 2), { mode: 0o600 });
}
