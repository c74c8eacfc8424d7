import type { EntityManager } from '@mikro-orm/postgresql';
import { organisationNames } from '../db/organisation/organisation.ts';

/** More organisations than these are not offered one by one: their code is typed, or stands in the address. */
const mostOffered = 50;

/** What a list can be narrowed to, by name; none where they are too many to choose from. */
export const placesToChoose = async (
  em: EntityManager,
  organisations: readonly string[],
): Promise<Array<{ code: string; name: string }>> => (organisations.length > mostOffered ? [] : organisationNames(em, organisations));
