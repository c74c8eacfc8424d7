/** The certificate authority of dev, and the keys that agents know: made by the real ceremony the first time, marked by the dev policy. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { type Authority, devPolicy } from '../../adapters/certificate-authority.ts';
import { performCeremony } from '../../adapters/certificate/authority-files.ts';
import { openSecret } from '../../adapters/certificate/sealing.ts';
import { signerOf } from '../../adapters/certificate/signer.ts';
import { signOriginList } from '../../adapters/origin-list.ts';
import { jwk, type ListedOrigin } from '../../domain/agent-protocol.ts';

/** Files and settings, by the names that config.ts gives them. */
export interface DevAuthority {
  issuing: Authority;
  environment: Record<string, string>;
}

/** What a real authority carries out of the building stays in a folder that no process of ours is told of. */
const offlineIn = (folder: string) => join(folder, 'offline');

/** @param key the setting CA_KEY: seals the issuing key, and here is the root's passphrase too */
export async function devAuthority(folder: string, key: string, authenticationUrl: string): Promise<DevAuthority> {
  const path = (name: string) => join(folder, name);
  const sealing = Buffer.from(key, 'base64');
  if (!existsSync(path('issuing.pem'))) {
    const from = new Date(Date.now() - 60_000);
    await performCeremony({
      offline: offlineIn(folder),
      server: folder,
      passphrase: key,
      curve: 'P-384',
      root: { name: 'Dev Root', from, years: 20 },
      issuing: { name: 'Dev SubCA01', from, years: 10 },
      policy: devPolicy,
      rootCrlUrl: `${authenticationUrl}/pki/root.crl`,
      issuingKey: { sealedBy: sealing },
    });
  }
  const signer = signerOf(openSecret(sealing, 'issuing-key', readFileSync(path('issuing.key'), 'utf8')));
  return {
    issuing: { certificate: new X509Certificate(readFileSync(path('issuing.pem'))).raw, signer },
    environment: {
      CA_ROOT_FILE: path('root.pem'),
      CA_ROOT_CRL_FILE: path('root.crl'),
      CA_ISSUING_FILE: path('issuing.pem'),
      CA_ISSUING_KEY_FILE: path('issuing.key'),
      CA_KEY: key,
      CERTIFICATE_POLICY: devPolicy,
      CARD_ORDER_KEY_FILE: path('order.jwk'),
      CARD_SEALING_KEY_FILE: path('sealing.jwk'),
    },
  };
}

const readJwk = (path: string): JWK => JSON.parse(readFileSync(path, 'utf8')) as JWK;
const publicJwk = ({ kty, crv, x, y, kid }: JWK) => jwk.parse({ kty, crv, x, y, kid });

/** Which sites may ask the agent, signed as the real list is but for saying that it is of dev. @returns what the agent is told */
export async function writeOrigins(
  folder: string,
  sites: ReadonlyArray<Pick<ListedOrigin, 'origin' | 'name' | 'operations'>>,
  issuer: string,
): Promise<Record<string, string>> {
  const path = (name: string) => join(folder, name);
  const orderKeys = [publicJwk(readJwk(path('order.jwk')))];
  const sealingKey = publicJwk(readJwk(path('sealing.jwk')));
  const signer = readJwk(join(offlineIn(folder), 'origins.jwk'));
  const write = (name: string, content: string) => writeFileSync(path(name), content, { mode: 0o600 });
  write(
    'origins.jws',
    await signOriginList(
      signer,
      sites.map((site) => ({ ...site, issuer, orderKeys, sealingKey })),
      { environment: 'dev' },
    ),
  );
  write('origins.public.jwk', JSON.stringify(publicJwk(signer)));
  return { ALLOWED_ORIGINS: path('origins.jws'), ALLOWED_ORIGINS_KEY: path('origins.public.jwk') };
}
