/**
 * Tokens by which a program acts for somebody who applies: what a browser's cookie and session are in web. Of a token only its hash is kept.
 * Until it speaks for an application that was sent in, it is a visitor of its own, whom a draft belongs to.
 */
import { randomUUID } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { visitLimits } from '../../domain/applicant-visit.ts';
import { hashOfSecret } from '../secret.ts';

const schema = defineEntity({
  name: 'ApplicantVisitRow',
  tableName: 'applicant_visit',
  properties: {
    hash: p.string().primary(),
    /** What a draft's `session` holds. */
    visitor: p.uuid(),
    application: p.uuid().nullable(),
    beganAt: p.datetime(),
    idleUntil: p.datetime(),
    endsAt: p.datetime(),
  },
});

export class ApplicantVisitRow extends schema.class {}
schema.setClass(ApplicantVisitRow);

const later = (at: Date, ms: number) => new Date(at.getTime() + ms);

/** @returns when it ends, however busy it is */
export async function recordVisit(em: EntityManager, secret: string, at: Date): Promise<Date> {
  const endsAt = later(at, visitLimits.tokenMs);
  await em.execute(
    `delete from applicant_visit where hash in (select hash from applicant_visit where idle_until < :at limit 100 for update skip locked)`,
    { at },
  );
  const idleUntil = later(at, visitLimits.draftIdleMs);
  await em.insert(ApplicantVisitRow, { hash: hashOfSecret(secret), visitor: randomUUID(), beganAt: at, idleUntil, endsAt });
  return endsAt;
}

export interface LiveVisit {
  visitor: string;
  application: string | null;
}

/** @returns nothing if it ended, or passed one of its limits; otherwise it is good for as long again. One statement */
export async function liveVisit(em: EntityManager, secret: string, at: Date): Promise<LiveVisit | undefined> {
  const [row] = await em.execute<LiveVisit[]>(
    `update applicant_visit set idle_until = least(ends_at, case when application is null then :draft else :sent end::timestamptz)
     where hash = :hash and idle_until > :at returning visitor, application`,
    { hash: hashOfSecret(secret), at, draft: later(at, visitLimits.draftIdleMs), sent: later(at, visitLimits.sentIdleMs) },
  );
  return row;
}

/** From now on it speaks for this application. Again, it changes nothing. */
export async function recordSpeaksFor(em: EntityManager, secret: string, application: string, at: Date): Promise<void> {
  await em.execute(
    `update applicant_visit set application = :application, idle_until = least(ends_at, :until::timestamptz) where hash = :hash`,
    { hash: hashOfSecret(secret), application, until: later(at, visitLimits.sentIdleMs) },
  );
}

/** It speaks for nobody any more. */
export const recordVisitEnded = (em: EntityManager, secret: string): Promise<number> =>
  em.nativeDelete(ApplicantVisitRow, { hash: hashOfSecret(secret) });
