/** Keys that sign what relying parties are told. Sealed here, so that every process signs with the same ones. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { unseal } from './seal.ts';

const schema = defineEntity({
  name: 'SigningKeyRow',
  tableName: 'signing_key',
  properties: {
    kid: p.string().primary(),
    alg: p.string(),
    publicJwk: p.json().$type<Record<string, unknown>>(),
    privateSealed: p.blob(),
    madeAt: p.datetime(),
    /** Signs no more; still published, so that what it signed is believed until it expires. */
    retiredAt: p.datetime().nullable(),
  },
});

export class SigningKeyRow extends schema.class {}
schema.setClass(SigningKeyRow);

export const signingKeyPurpose = (kid: string) => `signing-key/${kid}`;

/** Private keys as JWKs, the one to sign with first. */
export async function signingKeys(em: EntityManager, sealingKey: Uint8Array): Promise<Array<Record<string, unknown> & { kid: string }>> {
  const rows = await em.find(SigningKeyRow, {}, { orderBy: { madeAt: -1 }, refresh: true });
  const ordered = [...rows.filter((row) => !row.retiredAt), ...rows.filter((row) => row.retiredAt)];
  return ordered.map((row) => ({
    ...(JSON.parse(unseal(sealingKey, signingKeyPurpose(row.kid), row.privateSealed).toString()) as Record<string, unknown>),
    kid: row.kid,
    alg: row.alg,
    use: 'sig',
  }));
}

/** Keeps a first key of an algorithm, unless another process has just kept one. */
export async function keepFirstSigningKey(em: EntityManager, key: Omit<SigningKeyRow, 'retiredAt' | 'madeAt'>): Promise<void> {
  await em.transactional(async (tx) => {
    await tx.execute(`select pg_advisory_xact_lock(hashtext('signing_key'))`);
    if ((await tx.count(SigningKeyRow, { alg: key.alg, retiredAt: null })) > 0) return;
    await tx.insert(SigningKeyRow, { ...key, madeAt: new Date(), retiredAt: null });
  });
}
