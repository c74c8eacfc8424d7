/** The certificate authority of dev, and the keys that agents know: made the first time, kept in the data folder, marked by the dev policy. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { type Authority, createIssuing, createRoot, devPolicy } from '../../adapters/certificate-authority.ts';
import { openSecret, sealSecret } from '../../adapters/certificate/sealing.ts';
import { newSigner, signerOf } from '../../adapters/certificate/signer.ts';
import { jwk, originListType } from '../../domain/agent-protocol.ts';

export const aboutIssuingKey = 'issuing-key';

/** Files and settings, by the names that config.ts gives them. */
export interface DevAuthority {
  issuing: Authority;
  environment: Record<string, string>;
}

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END CERTIFICATE-----\n`;
const derOf = (text: string) => Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');

/** @param key the setting CA_KEY */
export async function devAuthority(folder: string, key: string, authenticationUrl: string): Promise<DevAuthority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(folder, name);
  const sealing = Buffer.from(key, 'base64');
  if (!existsSync(path('issuing.key'))) await ceremony(path, sealing, authenticationUrl);
  for (const [name, algorithm] of [
    ['order.jwk', 'ES256'],
    ['sealing.jwk', 'ECDH-ES'],
    ['origins.jwk', 'ES256'],
  ] as const) {
    if (!existsSync(path(name))) await makeKey(path(name), algorithm);
  }
  const issuing = {
    certificate: derOf(readFileSync(path('issuing.pem'), 'utf8')),
    signer: signerOf(openSecret(sealing, aboutIssuingKey, readFileSync(path('issuing.key'), 'utf8'))),
  };
  return {
    issuing,
    environment: {
      CA_ROOT_FILE: path('root.pem'),
      CA_ISSUING_FILE: path('issuing.pem'),
      CA_ISSUING_KEY_FILE: path('issuing.key'),
      CA_KEY: key,
      CERTIFICATE_POLICY: devPolicy,
      CARD_ORDER_KEY_FILE: path('order.jwk'),
      CARD_SEALING_KEY_FILE: path('sealing.jwk'),
    },
  };
}

/** The root's key goes to a file that no process of ours is told of; a real one is made on another machine (see README). */
async function ceremony(path: (name: string) => string, sealing: Buffer, authenticationUrl: string): Promise<void> {
  const from = new Date(Date.now() - 60_000);
  const rootKey = newSigner('P-384');
  const root = await createRoot(rootKey.signer, { name: 'Dev Root', from, years: 20 });
  const issuingKey = newSigner('P-384');
  const rootCrlUrl = `${authenticationUrl}/pki/root.crl`;
  const issuing = await createIssuing(root, issuingKey.signer, { name: 'Dev SubCA01', from, years: 10, policy: devPolicy, rootCrlUrl });
  write(path('root.key.pkcs8'), rootKey.pkcs8);
  write(path('root.pem'), pem(root.certificate));
  write(path('issuing.pem'), pem(issuing.certificate));
  write(path('issuing.key'), sealSecret(sealing, aboutIssuingKey, issuingKey.pkcs8));
}

const write = (path: string, content: string | Buffer) => writeFileSync(path, content, { mode: 0o600 });

async function makeKey(path: string, algorithm: 'ES256' | 'ECDH-ES'): Promise<void> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'P-256', extractable: true });
  const made = await exportJWK(privateKey);
  write(
    path,
    JSON.stringify({
      ...made,
      kid: Buffer.from(made.x ?? '', 'base64url')
        .toString('base64url')
        .slice(0, 16),
    }),
  );
}

export const readJwk = (path: string): JWK => JSON.parse(readFileSync(path, 'utf8')) as JWK;
export const publicJwk = ({ kty, crv, x, y, kid }: JWK) => jwk.parse({ kty, crv, x, y, kid });

/** Which sites may ask the agent, signed as the real list is. @returns what the agent is told */
export async function writeOrigins(
  folder: string,
  sites: ReadonlyArray<{ origin: string; name: string; operations: Array<'sign-in' | 'prepare' | 'order'> }>,
  issuer: string,
): Promise<Record<string, string>> {
  const path = (name: string) => join(folder, name);
  const orderKeys = [publicJwk(readJwk(path('order.jwk')))];
  const sealingKey = publicJwk(readJwk(path('sealing.jwk')));
  const list = { iat: Math.floor(Date.now() / 1000), origins: sites.map((site) => ({ ...site, issuer, orderKeys, sealingKey })) };
  const signer = readJwk(path('origins.jwk'));
  const jws = await new CompactSign(Buffer.from(JSON.stringify(list)))
    .setProtectedHeader({ alg: 'ES256', typ: originListType })
    .sign(await importJWK(signer, 'ES256'));
  write(path('origins.jws'), jws);
  write(path('origins.public.jwk'), JSON.stringify(publicJwk(signer)));
  return { ALLOWED_ORIGINS: path('origins.jws'), ALLOWED_ORIGINS_KEY: path('origins.public.jwk') };
}
