/** A link by which one named person adds an authenticator before they have any. Only its hash is kept. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { hashOfSecret } from '../secret.ts';

export const enrolmentKinds = ['first-manager', 'registration', 'sandbox'] as const;
export type EnrolmentKind = (typeof enrolmentKinds)[number];

const schema = defineEntity({
  name: 'EnrolmentLinkRow',
  tableName: 'enrolment_link',
  properties: {
    hash: p.string().primary(),
    person: p.uuid(),
    kind: p.enum(enrolmentKinds),
    /** Of a registration: the case it belongs to (db/sign-in/enrolment.ts). */
    enrolment: p.uuid().nullable(),
    madeBy: p.string(),
    madeAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});

export class EnrolmentLinkRow extends schema.class {}
schema.setClass(EnrolmentLinkRow);

export interface NewLink {
  secret: string;
  person: string;
  organisation: string;
  kind: EnrolmentKind;
  enrolment?: string | undefined;
  goodForMs: number;
}

/** A new one ends those made before for the same person; one for the first manager ends every other such link: only one can be first. Again with the same secret is nothing new. */
export async function recordEnrolmentLink(
  em: EntityManager,
  cause: Cause,
  { secret, goodForMs, organisation, ...link }: NewLink,
): Promise<void> {
  if ((await em.count(EnrolmentLinkRow, { hash: hashOfSecret(secret) })) > 0) return;
  const before = link.kind === 'first-manager' ? { $or: [{ person: link.person }, { kind: link.kind }] } : { person: link.person };
  await em.nativeUpdate(EnrolmentLinkRow, { ...before, usedAt: null, expiresAt: { $gt: cause.at } }, { expiresAt: cause.at });
  const expiresAt = new Date(cause.at.getTime() + goodForMs);
  await em.insert(EnrolmentLinkRow, {
    ...link,
    enrolment: link.enrolment ?? null,
    hash: hashOfSecret(secret),
    madeBy: cause.who,
    madeAt: cause.at,
    expiresAt,
    usedAt: null,
  });
  await recordAudit(em, cause, {
    what: 'enrolment-link.make',
    subjectKind: 'person',
    subjectId: link.person,
    organisation,
    detail: { kind: link.kind, expiresAt: expiresAt.toISOString() },
  });
}

/** @throws {Refusal} EXPIRED if it was altered, used or is too old: which, nobody is told */
export async function findEnrolmentLink(em: EntityManager, secret: string, now: Date): Promise<EnrolmentLinkRow> {
  const row = await em.findOne(EnrolmentLinkRow, { hash: hashOfSecret(secret), usedAt: null, expiresAt: { $gt: now } }, { refresh: true });
  if (!row) throw notGood();
  return row;
}

/** A link whether or not it was used: for the page that its holder was on then. @throws {Refusal} EXPIRED if there never was one */
export async function findUsedLink(em: EntityManager, secret: string): Promise<EnrolmentLinkRow> {
  const row = await em.findOne(EnrolmentLinkRow, { hash: hashOfSecret(secret) }, { refresh: true });
  if (!row) throw notGood();
  return row;
}

/** Uses it up: of two who use it at once, one is refused. @throws {Refusal} EXPIRED */
export async function recordEnrolmentLinkUsed(em: EntityManager, cause: Cause, row: EnrolmentLinkRow, organisation: string): Promise<void> {
  const used = await em.nativeUpdate(
    EnrolmentLinkRow,
    { hash: row.hash, usedAt: null, expiresAt: { $gt: cause.at } },
    { usedAt: cause.at },
  );
  if (used === 0) throw notGood();
  const recorded = { what: 'enrolment-link.use', subjectKind: 'person', subjectId: row.person, organisation, detail: { kind: row.kind } };
  await recordAudit(em, cause, recorded, 2);
}

const notGood = () =>
  new Refusal('EXPIRED', 'This link was used already, is too old, or is not complete. Ask whoever gave it to you for a new one');
