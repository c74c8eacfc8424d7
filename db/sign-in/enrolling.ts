import type { EntityManager } from '@mikro-orm/postgresql';
import type { Enrolling } from '../../domain/enrolment.ts';
import { findPerson } from '../person/person.ts';

/** What decides whether a link may be sent to somebody. @throws {Refusal} NOT_FOUND */
export async function enrollingOf(em: EntityManager, { person, witness }: { person: string; witness: string }): Promise<Enrolling> {
  const { state, email = null, contactChangedAt = null } = await findPerson(em, person);
  const isEmailShared = email !== null && (await shares(em, person, email));
  return { person, witness, state, email, contactChangedAt, isEmailShared };
}

async function shares(em: EntityManager, person: string, email: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    `select from person where lower(email) = lower(:email) and id <> :person and state <> 'closed' limit 1`,
    { email, person },
  );
  return rows.length > 0;
}
