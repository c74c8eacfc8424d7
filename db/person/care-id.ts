/** A person is made once of an application that was verified, with a Care ID that nobody had before: people are never deleted. */
import type { EntityManager, RequiredEntityData } from '@mikro-orm/postgresql';
import type { IdentityAssuranceLevel } from '../../domain/nhs-identity-check.ts';
import type { ApplicationRow } from '../application/application.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
import { PersonRow } from './person.ts';
import { recordQueueMail } from '../mail/queue-mail.ts';
import { randomCareId } from '../position-request/role-profile.ts';
import { uuidOf } from '../uuid.ts';

/** It comes from the application's id alone: however often the step runs, it makes one person. */
export const personIdOf = (application: string): string => uuidOf(`person of application ${application}`);

/** A number of our own among advisory locks. */
const verifying = 45_003;

/**
 * Until the transaction ends nobody else is verified, so that of two applications of one person the second sees the first among
 * its possible duplicates.
 */
export async function lockVerifying(em: EntityManager): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(:verifying)', { verifying });
}

export interface Proved {
  level: IdentityAssuranceLevel;
  profile: string | null;
  checkedBy: string;
}

/** A million million numbers and a register of millions: a number that is taken is met now and then, and never often in a row. */
const mostTries = 20;

/** Tells its audit record from the one its caller leaves with the same cause. */
const createRecord = 2;

/**
 * Makes the person, tells them their Care ID and RA agents that they need a position, and leaves an audit record. One that was made before is read back as it is.
 *
 * @param newCareId twelve digits at random; whether they were ever used, the table's constraint says
 */
export async function recordPersonOf(
  em: EntityManager,
  row: ApplicationRow,
  proved: Proved,
  cause: Cause,
  newCareId: () => string = randomCareId,
): Promise<PersonRow> {
  const id = personIdOf(row.id);
  const made = await insertPerson(em, id, row, proved, cause, newCareId);
  const person = await em.findOneOrFail(PersonRow, { id }, { refresh: true });
  if (!made) return person;
  const { organisation, careId } = person;
  const detail = { application: row.id, level: String(proved.level), profile: proved.profile ?? '', checkedBy: proved.checkedBy };
  await recordAudit(em, cause, { what: 'person.create', subjectKind: 'person', subjectId: id, organisation, detail }, createRecord);
  const letter = { template: 'care-id-created' as const, about: { kind: 'person', id }, organisation, data: { careId } };
  await recordMail(em, { to: { kind: 'person', id }, ...letter }, cause);
  const needed = { template: 'position-needed' as const, about: letter.about, organisation, data: { person: id } };
  await recordQueueMail(em, 'ra-agent', needed, cause);
  return person;
}

/** @returns false if it was there. A conflict aborts no transaction: whose it was, is looked up. */
async function insertPerson(
  em: EntityManager,
  id: string,
  row: ApplicationRow,
  { level, profile, checkedBy }: Proved,
  { at }: Cause,
  newCareId: () => string,
): Promise<boolean> {
  const { familyName, dateOfBirth, organisation } = row;
  if (!familyName || !dateOfBirth) throw new Error(`Application ${row.id} has no name or date of birth`);
  const givenNames = [row.givenName, row.middleNames].filter(Boolean).join(' ') || null;
  const given = { givenNames, familyName, dateOfBirth, organisation, nationalInsuranceNumber: row.nationalInsuranceNumber ?? null };
  const reached = { email: row.email ?? null, mobile: row.mobile ?? null, photo: row.photo ?? null, contactChangedAt: null };
  const proved = { identityAssuranceLevel: level, gpg45Profile: profile, checkedBy };
  const person = { id, state: 'active' as const, ...given, ...reached, ...proved, generation: 1, createdAt: at };
  return insertWithCareId(em, person, newCareId);
}

/** Somebody with a Care ID that nobody had. @returns false if they were there */
export async function insertWithCareId(
  em: EntityManager,
  person: Omit<RequiredEntityData<PersonRow>, 'careId'> & { id: string },
  newCareId: () => string = randomCareId,
): Promise<boolean> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const inserted = await em
      .createQueryBuilder(PersonRow)
      .insert({ ...person, careId: newCareId() })
      .onConflict()
      .ignore()
      .execute<{ affectedRows: number }>('run');
    if (inserted.affectedRows > 0) return true;
    if ((await em.count(PersonRow, { id: person.id })) > 0) return false;
  }
  throw new Error('No Care ID was free');
}
