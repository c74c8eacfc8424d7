/** The first RA manager, whom nobody inside the service can have registered. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { OrganisationRow } from '../organisation/organisation.ts';
import { PersonRow } from './person.ts';
import { PositionRow } from '../position-request/position.ts';
import { insertRoleProfile, nextRoleProfileId, randomCareId } from '../position-request/role-profile.ts';

/** The national code of an RA manager's job role. */
const raManager = 'R5080';

/**
 * Holds until the transaction ends, so that two cannot both be first.
 * @throws {Refusal} WRONG_STATE if somebody who ever was an RA manager ever had anything to sign in with
 */
export async function refuseUnlessFirst(em: EntityManager): Promise<void> {
  await em.execute(`select pg_advisory_xact_lock(hashtext('first_manager'))`);
  const [found] = await em.execute<unknown[]>(
    `select 1 from role_profile r
     where r.job_role = :raManager and (
       exists (select 1 from authenticator a where a.person = r.person)
       or exists (select 1 from smartcard c where c.person = r.person and c.issued_at is not null))
     limit 1`,
    { raManager },
  );
  if (found) throw new Refusal('WRONG_STATE', 'There is an RA manager already, or was one. Every other one is registered by them');
}

export interface Named {
  /** ODS code; made if it is new, and then its name is needed. */
  organisation: string;
  organisationName?: string | undefined;
  givenNames: string | null;
  familyName: string;
  dateOfBirth: string;
  email: string | null;
}

/** The person, as before if the same one was named before and never came; with a role profile as RA manager. */
export async function recordFirstManager(em: EntityManager, cause: Cause, named: Named): Promise<{ person: string; careId: string }> {
  await makeOrganisation(em, named);
  const { organisation, givenNames, familyName, dateOfBirth, email } = named;
  const same = { organisation, givenNames, familyName, dateOfBirth };
  const before = await em.findOne(PersonRow, same);
  const person = before ?? { id: randomUUID(), careId: randomCareId() };
  if (!before) {
    // Level 0: nobody has checked this identity here. Another manager sees to that later.
    const row = { ...same, id: person.id, careId: person.careId, email, state: 'active' as const, identityAssuranceLevel: 0 };
    await em.insert(PersonRow, { ...row, generation: 1, createdAt: cause.at });
    await holdManager(em, person.id, organisation, cause.at);
  }
  await recordAudit(em, cause, {
    what: 'first-manager.name',
    subjectKind: 'person',
    subjectId: person.id,
    organisation,
    detail: { careId: person.careId },
  });
  return { person: person.id, careId: person.careId };
}

async function makeOrganisation(em: EntityManager, { organisation: code, organisationName: name }: Named): Promise<void> {
  if ((await em.count(OrganisationRow, { code })) > 0) return;
  if (!name) throw new Refusal('INVALID', `There is no organisation ${code} yet: give its name too`);
  await em.insert(OrganisationRow, { code, name, parent: null });
}

async function holdManager(em: EntityManager, person: string, organisation: string, at: Date): Promise<void> {
  const id = randomUUID();
  await em.insert(PositionRow, {
    id,
    organisation,
    name: 'Registration authority manager',
    words: 'Registers people, gives access and sees everything of the registration authority',
    jobRole: raManager,
    activities: [],
    workgroups: [],
    areasOfWork: [],
    closedAt: null,
  });
  const startsOn = at.toLocaleDateString('en-CA', { timeZone: 'Europe/London' });
  const held = { person, organisation, position: id, jobRole: raManager, activities: [], startsOn, endsOn: null };
  await insertRoleProfile(em, await nextRoleProfileId(em), held);
}
