/**
 * The ways in: an invitation for one person, and the link that an employer gives out. Only the hash of what is in a link is looked up;
 * an employer's link is sealed besides, so that it can be shown again to those who may give it out.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { findOrganisation } from '../organisation/organisation.ts';
import { seal, unseal } from '../seal.ts';
import { hashOfSecret, newSecret } from '../secret.ts';

const schema = defineEntity({
  name: 'InvitationRow',
  tableName: 'invitation',
  properties: {
    id: p.uuid().primary(),
    hash: p.string(),
    kind: p.enum(['person', 'employer']),
    organisation: p.string(),
    /** Where a person's invitation goes. */
    email: p.string().nullable(),
    job: p.string().nullable(),
    /** What stands in an employer's link. */
    sealed: p.blob().nullable(),
    madeBy: p.uuid(),
    madeAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    /** Cancelled, or replaced by another. */
    endedAt: p.datetime().nullable(),
    /** A person's invitation is used once an application made with it was sent in. */
    usedAt: p.datetime().nullable(),
  },
});

export class InvitationRow extends schema.class {}
schema.setClass(InvitationRow);

const purposeOf = (id: string) => `employer-link/${id}`;

export interface Invited {
  id: string;
  organisation: string;
  email: string;
  job: string | null;
  secret: string;
  expiresAt: Date;
}

export async function recordInvitation(em: EntityManager, { secret, ...invited }: Invited, cause: Cause): Promise<void> {
  await em.insert(InvitationRow, { ...invited, kind: 'person', hash: hashOfSecret(secret), madeBy: cause.who, madeAt: cause.at });
  await audit(em, 'invitation.send', invited, cause);
}

/** Makes an organisation's link, and ends the one before: whoever holds that can no longer begin. */
export async function recordEmployerLink(
  em: EntityManager,
  key: Uint8Array,
  { id, organisation }: { id: string; organisation: string },
  cause: Cause,
): Promise<void> {
  const secret = newSecret();
  await em.nativeUpdate(InvitationRow, { organisation, kind: 'employer', endedAt: null }, { endedAt: cause.at });
  const link = { id, organisation, kind: 'employer' as const, hash: hashOfSecret(secret), sealed: seal(key, purposeOf(id), secret) };
  await em.insert(InvitationRow, { ...link, madeBy: cause.who, madeAt: cause.at });
  await audit(em, 'employer-link.make', link, cause);
}

/** @returns what stands in the organisation's link, if it has one */
export async function getEmployerLink(em: EntityManager, key: Uint8Array, organisation: string): Promise<string | null> {
  const row = await em.findOne(InvitationRow, { organisation, kind: 'employer', endedAt: null }, { refresh: true });
  return row?.sealed ? unseal(key, purposeOf(row.id), row.sealed).toString() : null;
}

/** @throws {Refusal} WRONG_STATE if it was used, or ended before */
export async function recordInvitationEnded(em: EntityManager, { id, organisation }: InvitationRow, cause: Cause): Promise<void> {
  const ended = await em.nativeUpdate(InvitationRow, { id, endedAt: null, usedAt: null }, { endedAt: cause.at });
  if (ended === 0) throw new Refusal('WRONG_STATE', 'This invitation was used or cancelled before');
  await audit(em, 'invitation.cancel', { id, organisation }, cause);
}

/** @throws {Refusal} EXPIRED if it was altered, used, cancelled or is too old: which, nobody is told */
export async function findWayIn(
  em: EntityManager,
  secret: string,
  now: Date,
): Promise<{ organisation: string; organisationName: string; row: InvitationRow }> {
  const row = await em.findOne(InvitationRow, { hash: hashOfSecret(secret), endedAt: null, usedAt: null }, { refresh: true });
  if (!row || (row.expiresAt && row.expiresAt <= now)) {
    const words = 'This link was used already, is too old, or is not complete. Ask whoever gave it to you for a new one';
    throw new Refusal('EXPIRED', words);
  }
  return { ...(await findOrganisation(em, row.organisation)), row };
}

/**
 * Uses up a person's invitation. Of two who send in an application with it, one is refused.
 *
 * @throws {Refusal} EXPIRED
 */
export async function recordInvitationUsed(em: EntityManager, id: string, cause: Cause): Promise<void> {
  const used = await em.nativeUpdate(InvitationRow, { id, kind: 'person', usedAt: null, endedAt: null }, { usedAt: cause.at });
  if (used > 0 || (await em.count(InvitationRow, { id, kind: 'employer' })) > 0) return;
  throw new Refusal('EXPIRED', 'This invitation was used or cancelled before. Ask whoever gave it to you for a new one');
}

/** Those of some organisations that wait for somebody to use them, newest first. */
export const openInvitations = (em: EntityManager, organisations: readonly string[], limit: number): Promise<InvitationRow[]> =>
  em.find(
    InvitationRow,
    { organisation: { $in: [...organisations] }, kind: 'person', usedAt: null, endedAt: null },
    { orderBy: { madeAt: -1 }, limit },
  );

const audit = (em: EntityManager, what: string, { id, organisation }: { id: string; organisation: string }, cause: Cause) =>
  recordAudit(em, cause, { what, subjectKind: 'invitation', subjectId: id, organisation, detail: {} });
