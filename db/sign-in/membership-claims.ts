/** Shapes of the claims of people's names, of registers and of organisations that they belong to. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { PersonRow } from '../person/person.ts';
import { heldMemberships } from '../person/professional-membership.ts';
import type { LiveRole } from '../position-request/role.ts';
import { londonDay } from '../../domain/days.ts';
import { givenApart } from '../../domain/personal-name.ts';
import { professionalBodies, toldOf } from '../../domain/professional-membership.ts';

/** A claim for each register that the person is in now, such as `gmc_id`; none for the others. One query, for those who ask. */
export async function professionalClaimsOf(em: EntityManager, person: string): Promise<Record<string, string>> {
  const held = await heldMemberships(em, person);
  return Object.fromEntries(toldOf(held, londonDay(new Date())).map(({ body, number }) => [professionalBodies[body].claim, number]));
}

/** The first given name, the others and the initials of both. Nothing of somebody who has one name only. */
export function givenNamesOf({ givenNames }: Pick<PersonRow, 'givenNames'>) {
  if (!givenNames) return {};
  const { first, middle, initials } = givenApart(givenNames);
  return { given_name: first, ...(middle && { middle_names: middle }), initials };
}

/**
 * Where the person holds a role, each organisation once: the members that the national service gives here, who says what the roles are
 * in `nhsid_nrbac_roles`.
 */
export const orgRolesOf = (roles: readonly LiveRole[]) =>
  [...new Map(roles.map((role) => [role.organisation, role])).values()].map((role) => ({
    person_orgid: role.personAtOrganisation,
    org_name: role.organisationName,
    org_code: role.organisation,
  }));

/**
 * The same organisations. The national service adds `gnc`, the General National Code that a general practitioner has at that practice
 * (one a practice, so it is not `gmp_id`): no table of ours has it, so it is left out, as the national service does of all others.
 */
export const orgMembershipsOf = orgRolesOf;
