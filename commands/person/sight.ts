/** Which people somebody may see: those at organisations where they hold a role. Anybody else looks missing. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { rolesByOrganisation } from '../../db/actor.ts';
import { findOrganisation } from '../../db/organisation/organisation.ts';
import { findPerson, type PersonRow, placesOf } from '../../db/person/person.ts';
import { type Role, roles as inOrder } from '../../domain/actor.ts';
import { may, type Permission } from '../../domain/permission.ts';
import { nothingHere } from '../../domain/refusal.ts';
import type { Caller } from '../caller.ts';

export interface SeenPerson {
  person: string;
  row: PersonRow;
  /** Where both are, and the caller's roles at it go furthest; for one's own details, where one is registered. */
  organisation: string;
  organisationName: string;
  /** Every organisation where both are, with the caller's roles there. */
  shared: ReadonlyArray<{ organisation: string; roles: Role[] }>;
}

/** @throws {Refusal} NOT_FOUND if there is no such person, or none at an organisation where the caller holds a role */
export async function findPersonSeenBy(em: EntityManager, person: string, caller: Caller): Promise<SeenPerson> {
  const row = await findPerson(em, person);
  const [places, roles] = [await placesOf(em, person), await rolesByOrganisation(em, caller.id)];
  const shared = places
    .map((organisation) => ({ organisation, roles: roles.get(organisation) ?? [] }))
    .filter((place) => place.roles.length > 0)
    .toSorted((one, other) => furthest(one.roles) - furthest(other.roles));
  const organisation = shared[0]?.organisation ?? (caller.id === person ? row.organisation : undefined);
  if (!organisation || caller.kind !== 'person') throw nothingHere();
  return { person, row, shared, ...(await findOrganisation(em, organisation)) };
}

const furthest = (roles: readonly Role[]) => Math.min(...roles.map((role) => inOrder.indexOf(role)));

/** Whether the caller may, at any of the organisations where both are. */
export const mayAnywhere = ({ person, shared }: SeenPerson, caller: Caller, permission: Permission): boolean =>
  [...shared, { organisation: '', roles: [] }].some(({ organisation, roles }) =>
    may({ kind: 'person', id: caller.id, organisation, roles }, permission, { organisation, person }),
  );

/** The organisations where both are and the caller may. */
export const whereBothAnd = ({ person, shared }: SeenPerson, caller: Caller, permission: Permission): string[] =>
  shared
    .filter(({ organisation, roles }) => may({ kind: 'person', id: caller.id, organisation, roles }, permission, { organisation, person }))
    .map(({ organisation }) => organisation);
