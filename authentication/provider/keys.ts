import type { MikroORM } from '@mikro-orm/postgresql';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { keepFirstSigningKey, signingKeyPurpose, signingKeys } from '../../db/signing-key.ts';
import { seal } from '../../db/seal.ts';

/** What ID tokens are signed with: RS256, which every relying party can check. */
const alg = 'RS256';

/** The keys to sign with, made the first time. Every process has the same, in the same order. */
export async function loadSigningKeys(orm: MikroORM, sealingKey: Uint8Array) {
  const em = orm.em.fork();
  const kept = await signingKeys(em, sealingKey);
  if (kept.length > 0) return kept;

  const pair = await generateKeyPair(alg, { modulusLength: 3072, extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateSealed = seal(sealingKey, signingKeyPurpose(kid), JSON.stringify(await exportJWK(pair.privateKey)));
  await keepFirstSigningKey(em, { kid, alg, publicJwk: { ...publicJwk }, privateSealed });
  return signingKeys(em.fork(), sealingKey);
}
