/** A person's own sign-ins of the last weeks, as the audit has them, and "this was not me". */
import type { EntityManager } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';
import { peopleWith } from '../actor.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { AuthenticatorRow } from './authenticator.ts';
import { recordMail } from '../mail/mail.ts';
import { findPerson } from '../person/person.ts';
import { recordSignInsEnded } from './sign-in-ending.ts';
import { auditSmartcard, findSmartcard, SmartcardRow } from '../smartcard/smartcard.ts';

const shownDays = 30;
const most = 500;

export interface PastSignIn {
  id: string;
  at: Date;
  client: string;
  method: string;
  level: string;
  /** An authenticator, or a smartcard. */
  with: string | null;
  /** What its holder calls it, or the number of the card. */
  withName: string | null;
  /** Its holder said that it was somebody else. */
  isReported: boolean;
}

/** The last first. @param id only this one */
export async function pastSignInsOf(em: EntityManager, person: string, id?: string): Promise<PastSignIn[]> {
  const rows = await em.execute<Array<Omit<PastSignIn, 'at'> & { at: string }>>(
    `with mine as (
       select at, what, detail from audit where subject_kind = 'person' and subject_id = :person
         and what in ('sign-in.succeed', 'sign-in.report') and at > now() - make_interval(days => ${shownDays}))
     select s.detail ->> 'signIn' as id, s.at, s.detail ->> 'client' as client, s.detail ->> 'method' as method, s.detail ->> 'level' as level,
       s.detail ->> 'authenticator' as "with", coalesce(a.name, c.serial) as "withName",
       exists (select from mine r where r.what = 'sign-in.report' and r.detail ->> 'signIn' = s.detail ->> 'signIn') as "isReported"
     from mine s
     left join authenticator a on a.id::text = s.detail ->> 'authenticator' left join smartcard c on c.id::text = s.detail ->> 'authenticator'
     where s.what = 'sign-in.succeed' ${id ? `and s.detail ->> 'signIn' = :id` : ''}
     order by s.at desc limit ${most}`,
    { person, id },
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}

/** @throws {Refusal} NOT_FOUND if it is not this person's, or too long ago */
export async function findPastSignIn(em: EntityManager, person: string, id: string): Promise<PastSignIn> {
  const [found] = await pastSignInsOf(em, person, id);
  if (!found) throw nothingHere();
  return found;
}

/**
 * That a sign-in was not its holder's: everything the person is signed in to ends, what was used signs nobody in, and they and those who
 * can help are told. Again is nothing new.
 *
 * @throws {Refusal} NOT_FOUND
 */
export async function recordSignInReported(em: EntityManager, cause: Cause, person: string, id: string): Promise<void> {
  await em.execute(`select 1 from person where id = :person for update`, { person });
  const found = await findPastSignIn(em, person, id);
  if (found.isReported) return;
  const { organisation, careId } = await findPerson(em, person);
  const detail = { signIn: id, client: found.client, method: found.method, ...(found.with && { authenticator: found.with }) };
  await recordAudit(em, cause, { what: 'sign-in.report', subjectKind: 'person', subjectId: person, organisation, detail });
  await suspend(em, cause, { person, organisation }, found);
  await recordSignInsEnded(em, { ...cause, id: `${cause.id}/sign-ins` }, { person }, 'not-me');

  const letter = { about: { kind: 'person', id: person }, organisation };
  const signedInAt = found.at.toISOString();
  await recordMail(em, { ...letter, to: { kind: 'person', id: person }, template: 'sign-in-reported', data: { signedInAt } }, cause);
  for (const helper of await whoHelps(em, organisation, person)) {
    const to = { kind: 'person' as const, id: helper };
    await recordMail(em, { ...letter, to, template: 'sign-in-reported-ra', data: { signedInAt, careId } }, cause);
  }
}

/** A key, a device or a password signs nobody in again; a card does when an unlocker has unlocked it, with its holder there. */
async function suspend(
  em: EntityManager,
  cause: Cause,
  { person, organisation }: { person: string; organisation: string },
  { method, with: used }: PastSignIn,
): Promise<void> {
  if (!used) return;
  if (method === 'smartcard') {
    const locked = await em.nativeUpdate(SmartcardRow, { id: used, person, state: 'active' }, { state: 'locked' });
    if (locked > 0) await auditSmartcard(em, cause, 'lock', await findSmartcard(em, used), { reason: 'sign-in.report' });
    return;
  }
  const suspended = await em.nativeUpdate(
    AuthenticatorRow,
    { id: used, person, removedAt: null, suspendedAt: null },
    { suspendedAt: cause.at },
  );
  if (suspended === 0) return;
  const about = { subjectKind: 'person', subjectId: person, organisation, detail: { authenticator: used } };
  await recordAudit(em, { ...cause, id: `${cause.id}/suspend` }, { what: 'authenticator.suspend', ...about });
}

/** RA agents there and above; where there is none, RA managers. */
async function whoHelps(em: EntityManager, organisation: string, person: string): Promise<string[]> {
  for (const role of ['ra-agent', 'ra-manager'] as const) {
    const people = (await peopleWith(em, role, organisation)).filter((each) => each !== person);
    if (people.length > 0) return people;
  }
  return [];
}
