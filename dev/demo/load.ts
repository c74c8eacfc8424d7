/** Loads what is missing of the demo: organisations, positions, people and what they hold. Safe at each start. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { PersonRow } from '../../db/person/person.ts';
import { ProfessionalMembershipRow } from '../../db/person/professional-membership.ts';
import { insertRoleProfile } from '../../db/position-request/role-profile.ts';
import { loadOrganisations, positions } from './organisations.ts';
import { type DemoPerson, memberships, people } from './people.ts';

export async function loadDemo(em: EntityManager): Promise<void> {
  await loadOrganisations(em);
  const rows = people.map(rowOf);
  await em.upsertMany(PersonRow, rows, { onConflictAction: 'ignore' });
  for (const person of people) {
    for (const number of person.positions) await hold(em, person, number);
  }
  for (const membership of memberships)
    await em.createQueryBuilder(ProfessionalMembershipRow).insert(recorded(membership)).onConflict().ignore().execute('run');
}

const rowOf = ({ id, careId, title, givenNames, familyName, dateOfBirth, email, mobile, organisation }: DemoPerson) => ({
  id,
  careId,
  title,
  givenNames,
  familyName,
  dateOfBirth,
  email,
  mobile,
  organisation,
  state: 'active' as const,
  identityAssuranceLevel: 3,
  gpg45Profile: 'H1A',
  termsVersion: 1,
  generation: 1,
  createdAt: new Date(),
});

/** By the RA agent of the demo, who found it in the register. What somebody ended in the demo stays ended. */
const recorded = (membership: (typeof memberships)[number]) => {
  const [, asha] = people;
  const [by, at] = [asha?.id ?? '', new Date()];
  return { ...membership, since: '2020-01-01', until: null, recordedBy: by, recordedAt: at, checkedBy: by, checkedAt: at };
};

/** A role profile's id is made of the Care ID and the position, so that loading again adds nothing. */
async function hold(em: EntityManager, person: DemoPerson, number: number): Promise<void> {
  const position = positions.find(({ id }) => id.endsWith(`1${String(number).padStart(2, '0')}`));
  if (!position) throw new Error(`There is no demo position ${number}`);
  const { id, organisation, jobRole, activities } = position;
  const roleProfile = `99${person.careId.slice(-2)}00000${String(number).padStart(3, '0')}`;
  const held = { person: person.id, organisation, position: id, jobRole, activities, startsOn: '2026-01-01', endsOn: null };
  await insertRoleProfile(em, roleProfile, held);
}
