/** A key of the authority, wherever it is: sealed by a setting, or in a PKCS#11 module. */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';

export type Curve = 'P-256' | 'P-384';
export const hashOf = { 'P-256': 'SHA-256', 'P-384': 'SHA-384' } as const satisfies Record<Curve, string>;

export interface Signer {
  readonly curve: Curve;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** ECDSA with the hash of the curve: r and s, one after the other. */
  sign(data: Uint8Array): Promise<Buffer>;
}

const signInPool = promisify(sign) as (
  hash: string,
  data: Uint8Array,
  key: { key: KeyObject; dsaEncoding: 'ieee-p1363' },
) => Promise<Buffer>;

/** @param pkcs8 PKCS#8, DER */
export const signerOf = (pkcs8: Uint8Array): Signer =>
  signerOfKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }));

/** @throws {Error} unless it is a P-256 or P-384 key */
export function signerOfKey(key: KeyObject): Signer {
  const curve = curveOf(key);
  return {
    curve,
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
    sign: (data) => signInPool(hashOf[curve].replace('-', '').toLowerCase(), data, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

export function newSigner(curve: Curve): { signer: Signer; pkcs8: Buffer; key: KeyObject } {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: curve });
  return { signer: signerOfKey(key), pkcs8: key.export({ type: 'pkcs8', format: 'der' }), key };
}

export function curveOf(key: KeyObject): Curve {
  const name = key.asymmetricKeyDetails?.namedCurve;
  if (name === 'prime256v1') return 'P-256';
  if (name === 'secp384r1') return 'P-384';
  throw new Error(`The key is ${name ?? key.asymmetricKeyType}, not P-256 or P-384`);
}
