/**
 * Keys that sign what relying parties are told. Sealed here, so that every process signs with the same ones. They take turns: a new one
 * is published before it signs, an old one is published until all it signed has expired, so that no relying party meets a key it cannot know.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Cause, recordAudit } from '../audit.ts';
import { unseal } from '../seal.ts';

const schema = defineEntity({
  name: 'SigningKeyRow',
  tableName: 'signing_key',
  properties: {
    kid: p.string().primary(),
    alg: p.string(),
    publicJwk: p.json().$type<Record<string, unknown>>(),
    privateSealed: p.blob(),
    madeAt: p.datetime(),
    /** Until then it is only published. */
    signsFrom: p.datetime(),
    /** From then on it is published no more. Set when the next one begins to sign. */
    retiredAt: p.datetime().nullable(),
  },
});

export class SigningKeyRow extends schema.class {}
schema.setClass(SigningKeyRow);

export const signingKeyPurpose = (kid: string) => `signing-key/${kid}`;

export type PrivateJwk = Record<string, unknown> & { kid: string };

/** Private keys as JWKs: of each algorithm the one to sign with now first, then those that are only published. */
export async function signingKeys(em: EntityManager, sealingKey: Uint8Array, now: Date): Promise<PrivateJwk[]> {
  const rows = await em.find(
    SigningKeyRow,
    { $or: [{ retiredAt: null }, { retiredAt: { $gt: now } }] },
    { orderBy: { signsFrom: -1, kid: 1 }, refresh: true },
  );
  const signing = rows.filter(({ signsFrom }) => signsFrom <= now);
  const ordered = [...signing, ...rows.filter(({ signsFrom }) => signsFrom > now)];
  return ordered.map((row) => ({
    ...(JSON.parse(unseal(sealingKey, signingKeyPurpose(row.kid), row.privateSealed).toString()) as Record<string, unknown>),
    kid: row.kid,
    alg: row.alg,
    use: 'sig',
  }));
}

export type NewSigningKey = Pick<SigningKeyRow, 'kid' | 'alg' | 'publicJwk' | 'privateSealed'>;

export interface Turn {
  /** The newest key signs this long before the next is made. */
  signsForMs: number;
  /** Published before it signs: longer than relying parties keep our keys. */
  aheadMs: number;
  /** Published after its turn: longer than what it signed is good for. */
  afterMs: number;
}

/**
 * Makes the next key of an algorithm if it is time, or the first. Of processes that find so at once one does.
 *
 * @param make called only then
 * @returns whether there is a new one
 */
export async function recordNextSigningKey(
  em: EntityManager,
  cause: Cause,
  { alg, turn, make }: { alg: string; turn: Turn; make: () => Promise<NewSigningKey> },
): Promise<boolean> {
  const [newest] = await em.find(SigningKeyRow, { alg, retiredAt: null }, { orderBy: { signsFrom: -1 }, limit: 1, refresh: true });
  const due = (key: SigningKeyRow) => cause.at.getTime() >= key.signsFrom.getTime() + turn.signsForMs - turn.aheadMs;
  if (newest && !due(newest)) return false;
  const made = await make(); // slow: not while others wait
  return em.transactional(async (tx) => {
    await tx.execute(`select pg_advisory_xact_lock(hashtext('signing_key'))`);
    const [now] = await tx.find(SigningKeyRow, { alg, retiredAt: null }, { orderBy: { signsFrom: -1 }, limit: 1, refresh: true });
    if (now?.kid !== newest?.kid) return false;
    const signsFrom = newest ? new Date(cause.at.getTime() + turn.aheadMs) : cause.at;
    await tx.insert(SigningKeyRow, { ...made, madeAt: cause.at, signsFrom, retiredAt: null });
    const retiredAt = new Date(signsFrom.getTime() + turn.afterMs);
    if (newest) await tx.nativeUpdate(SigningKeyRow, { alg, retiredAt: null, kid: { $ne: made.kid } }, { retiredAt });
    const detail = { kid: made.kid, alg, signsFrom: signsFrom.toISOString() };
    await recordAudit(tx, cause, { what: 'signing-key.make', subjectKind: 'signing-key', subjectId: made.kid, organisation: '', detail });
    return true;
  });
}
