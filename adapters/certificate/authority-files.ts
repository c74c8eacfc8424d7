/**
 * The ceremony that makes an authority. Two folders: `offline`, taken away afterwards and brought out only to sign again, and `server`,
 * which the server reads (CA_ROOT_FILE, CA_ISSUING_FILE, CA_ISSUING_KEY_FILE, CA_ROOT_CRL_FILE, CARD_ORDER_KEY_FILE, CARD_SEALING_KEY_FILE).
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { Authority, AuthorityTerms } from './ceremony.ts';
import { createIssuing, createRoot } from './ceremony.ts';
import { createRevocationList } from './revocation-list.ts';
import type { Revoked } from './revocation-list.ts';
import { sealSecret } from './sealing.ts';
import type { Curve, Signer } from './signer.ts';
import { newSigner, signerOfKey } from './signer.ts';

const leastPassphrase = 12;
const rootListDays = 180;

export interface Folders {
  readonly offline: string;
  readonly server: string;
}

export interface Ceremony extends Folders {
  /** Protects the root's key. */
  readonly passphrase: string;
  readonly curve: Curve;
  readonly root: AuthorityTerms;
  readonly issuing: AuthorityTerms;
  /** OID. */
  readonly policy: string;
  readonly rootCrlUrl: string;
  /** The 32 bytes (CA_KEY) that seal a new issuing key; or the signer that has it, such as one in a PKCS#11 module. */
  readonly issuingKey: { readonly sealedBy: Uint8Array } | { readonly signer: Signer };
}

/**
 * Makes the root unless `offline` has one, then an issuing authority under it, and the keys that speak to agents unless they are there.
 *
 * @throws {Error} when `server` already has an issuing authority: that is moved away by hand, never overwritten
 */
export async function performCeremony(ceremony: Ceremony): Promise<void> {
  const { offline, server } = ceremony;
  if (existsSync(join(server, 'issuing.pem'))) throw new Error(`${server} already holds an issuing authority`);
  for (const folder of [offline, server]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = existsSync(join(offline, 'root.pem')) ? readRoot(ceremony) : await makeRoot(ceremony);
  const signer = 'signer' in ceremony.issuingKey ? ceremony.issuingKey.signer : newSealedKey(ceremony, ceremony.issuingKey.sealedBy);
  const { policy, rootCrlUrl } = ceremony;
  const issuing = await createIssuing(root, signer, { ...ceremony.issuing, policy, rootCrlUrl });
  await makeJwk(join(offline, 'origins.jwk'), 'ES256');
  await makeJwk(join(server, 'order.jwk'), 'ES256');
  await makeJwk(join(server, 'sealing.jwk'), 'ECDH-ES');
  await writeRootList(ceremony, []);
  write(join(server, 'root.pem'), new X509Certificate(root.certificate).toString());
  // last, because it says that the ceremony is done
  write(join(server, 'issuing.pem'), new X509Certificate(issuing.certificate).toString());
}

/** The root's revocation list (DER), good for half a year: signed again before it ends, or when an issuing authority is revoked. */
export async function writeRootList(from: Folders & Pick<Ceremony, 'passphrase'>, revoked: readonly Revoked[]): Promise<void> {
  const thisUpdate = new Date();
  const nextUpdate = new Date(thisUpdate.getTime() + rootListDays * 86_400_000);
  const number = Math.floor(thisUpdate.getTime() / 1000);
  write(join(from.server, 'root.crl'), await createRevocationList(readRoot(from), { number, thisUpdate, nextUpdate, revoked }));
}

async function makeRoot({ offline, passphrase, curve, root: terms }: Ceremony): Promise<Authority> {
  if (passphrase.length < leastPassphrase) throw new Error(`The passphrase of the root has ${leastPassphrase} characters or more`);
  const { signer, key } = newSigner(curve);
  const root = await createRoot(signer, terms);
  write(join(offline, 'root.key.pem'), key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));
  write(join(offline, 'root.pem'), new X509Certificate(root.certificate).toString());
  return root;
}

function readRoot({ offline, passphrase }: Folders & Pick<Ceremony, 'passphrase'>): Authority {
  const key = createPrivateKey({ key: readFileSync(join(offline, 'root.key.pem')), passphrase });
  return { certificate: new X509Certificate(readFileSync(join(offline, 'root.pem'))).raw, signer: signerOfKey(key) };
}

function newSealedKey({ server, curve }: Ceremony, sealedBy: Uint8Array): Signer {
  const { signer, pkcs8 } = newSigner(curve);
  write(join(server, 'issuing.key'), sealSecret(sealedBy, 'issuing-key', pkcs8));
  return signer;
}

async function makeJwk(path: string, algorithm: 'ES256' | 'ECDH-ES'): Promise<void> {
  if (existsSync(path)) return;
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'P-256', extractable: true });
  const made = await exportJWK(privateKey);
  write(path, JSON.stringify({ ...made, kid: await calculateJwkThumbprint(made) }));
}

const write = (path: string, content: string | Uint8Array) => writeFileSync(path, content, { mode: 0o600 });
