import type { MikroORM } from '@mikro-orm/postgresql';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { seal } from '../../db/seal.ts';
import {
  type NewSigningKey,
  type PrivateJwk,
  recordNextSigningKey,
  signingKeyPurpose,
  signingKeys,
  type Turn,
} from '../../db/client/signing-key.ts';
import { causeNow } from '../cause.ts';

/** What ID tokens and userinfo are signed with: RS256, which every relying party can check, and ES256 for those that ask. */
export const signingAlgs = ['RS256', 'ES256'] as const;
type Alg = (typeof signingAlgs)[number];

const hourMs = 60 * 60 * 1000;
/** Relying parties keep our configuration for an hour at most; ID tokens are good for an hour. Twice that each way. */
export const turnOf = (days: number): Turn => ({ signsForMs: days * 24 * hourMs, aheadMs: 2 * hourMs, afterMs: 2 * hourMs });

/** The keys to publish, those to sign with first; made the first time, and when it is the next one's turn. Every process has the same. */
export async function loadSigningKeys(orm: MikroORM, sealingKey: Uint8Array, turn: Turn): Promise<PrivateJwk[]> {
  for (const alg of signingAlgs)
    await recordNextSigningKey(orm.em.fork(), causeNow('system'), { alg, turn, make: () => newKey(alg, sealingKey) });
  return signingKeys(orm.em.fork(), sealingKey, new Date());
}

async function newKey(alg: Alg, sealingKey: Uint8Array): Promise<NewSigningKey> {
  const pair = await generateKeyPair(alg, { ...(alg === 'RS256' && { modulusLength: 3072 }), extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateSealed = seal(sealingKey, signingKeyPurpose(kid), JSON.stringify(await exportJWK(pair.privateKey)));
  return { kid, alg, publicJwk: { ...publicJwk }, privateSealed };
}
