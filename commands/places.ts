import type { EntityManager } from '@mikro-orm/postgresql';
import { organisationNames } from '../db/organisation/organisation.ts';
import type { Role } from '../domain/actor.ts';
import { type Permission, rolesWith } from '../domain/permission.ts';

/** At which organisations somebody's roles give a permission. */
export function placesWith(roles: ReadonlyMap<string, readonly Role[]>, permission: Permission): string[] {
  const able = rolesWith(permission);
  return [...roles].filter(([, held]) => held.some((role) => able.includes(role))).map(([organisation]) => organisation);
}

/** More organisations than these are not offered one by one: their code is typed, or stands in the address. */
const mostOffered = 50;

/** What a list can be narrowed to, by name; none where they are too many to choose from. */
export const placesToChoose = async (
  em: EntityManager,
  organisations: readonly string[],
): Promise<Array<{ code: string; name: string }>> => (organisations.length > mostOffered ? [] : organisationNames(em, organisations));
