/**
 * How applicants come back: a link that alone opens nothing, then a code sent to their e-mail address.
 * Of a link only the hash is kept. It may be used again until it expires: what opens the application is the code.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import type { MailTemplate } from '../../domain/mail-template.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type ApplicationRow, ApplicationRow as Row, openCaseKind } from './application.ts';
import type { Cause } from '../audit.ts';
import { hashOfSecret, newSecret } from '../secret.ts';
import { type Hidden, recordMail, sealedFor } from '../mail/mail.ts';
import { seal } from '../seal.ts';

const schema = defineEntity({
  name: 'ApplicationLinkRow',
  tableName: 'application_link',
  properties: { hash: p.string().primary(), application: p.uuid(), madeAt: p.datetime(), expiresAt: p.datetime() },
});

export class ApplicationLinkRow extends schema.class {}
schema.setClass(ApplicationLinkRow);

const goodForMs = 30 * 24 * 60 * 60 * 1000;
/** So that nobody fills somebody's inbox with links. */
const mostInAnHour = 5;

/** Writes to the applicant, with a new link to come back by. @param key seals the link until it is sent */
export async function recordLetterWithLink(
  em: EntityManager,
  key: Uint8Array,
  { id, organisation, reference }: Pick<ApplicationRow, 'id' | 'organisation' | 'reference'>,
  template: MailTemplate,
  cause: Cause,
): Promise<void> {
  const secret = newSecret();
  const expiresAt = new Date(cause.at.getTime() + goodForMs);
  await em.insert(ApplicationLinkRow, { hash: hashOfSecret(secret), application: id, madeAt: cause.at, expiresAt });
  const sealed = seal(key, sealedFor, JSON.stringify({ link: secret } satisfies Hidden));
  const about = { kind: openCaseKind, id };
  const data = { reference, expiresAt: expiresAt.toISOString() };
  await recordMail(em, { to: { kind: 'application', id }, template, about, organisation, data, sealed, uselessAt: expiresAt }, cause);
}

/** @throws {Refusal} EXPIRED if it was altered, or is too old: which, nobody is told */
export async function findReturnLink(em: EntityManager, secret: string, now: Date): Promise<ApplicationRow> {
  const link = await em.findOne(ApplicationLinkRow, { hash: hashOfSecret(secret), expiresAt: { $gt: now } }, { refresh: true });
  const row = link && (await em.findOne(Row, { id: link.application, removedAt: null }, { refresh: true }));
  if (!row) throw new Refusal('EXPIRED', 'This link is too old, or is not complete. Ask for a new one with your reference');
  return row;
}

/** The application with this reference and e-mail address, if it may be sent a link now. Null says nothing of why. */
export async function getToSendLink(em: EntityManager, reference: string, email: string, now: Date): Promise<ApplicationRow | null> {
  const row = await em.findOne(Row, { reference, removedAt: null }, { refresh: true });
  if (!row?.email || row.email.toLowerCase() !== email.toLowerCase()) return null;
  const since = new Date(now.getTime() - 60 * 60 * 1000);
  return (await em.count(ApplicationLinkRow, { application: row.id, madeAt: { $gt: since } })) < mostInAnHour ? row : null;
}
