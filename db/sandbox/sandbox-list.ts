/** Test people as their makers list them, and what a new one can be made of. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { roleSources } from '../../domain/actor.ts';
import type { TestMethod } from '../../domain/sandbox.ts';
import { isoOf } from '../iso.ts';

export interface ListedTestPerson {
  id: string;
  careId: string;
  name: string;
  state: 'active' | 'suspended' | 'closed';
  level: number;
  method: TestMethod;
  organisation: string;
  organisationName: string;
  /** Roles held now. */
  roles: number;
  isReady: boolean;
  madeBy: string;
  madeAt: string;
  expiresAt: string;
}

interface Listing {
  organisations: readonly string[];
  /** Part of a name or Care ID. */
  text?: string | undefined;
  madeBy?: string | undefined;
  after?: string | undefined;
  limit: number;
}

const among = `from sandbox_person t join person p on p.id = t.person join organisation o on o.code = t.organisation
  where t.removed_at is null and t.organisation in (select jsonb_array_elements_text(:organisations::jsonb))
    and (:madeBy::uuid is null or t.made_by = :madeBy)
    and (:like::text is null or p.search like search_words(:like) or p.care_id like :digits)`;

/** The newest first, with how many there are in all. */
export async function listedTestPeople(
  em: EntityManager,
  { organisations, text, madeBy, after, limit }: Listing,
): Promise<{ count: number; people: ListedTestPerson[] }> {
  const escaped = text?.replaceAll(/[\\%_]/g, String.raw`\$&`);
  const given = {
    organisations: JSON.stringify(organisations),
    madeBy: madeBy ?? null,
    like: escaped === undefined ? null : `%${escaped}%`,
    digits: escaped === undefined ? null : `%${escaped.replaceAll(' ', '')}%`,
    after: after ?? null,
    limit,
  };
  const [counted] = await em.execute<Array<{ n: number }>>(`select count(*)::int as n ${among}`, given);
  const people = await em.execute<ListedTestPerson[]>(
    `select p.id, p.care_id as "careId", concat_ws(' ', p.title, p.given_names, p.family_name) as name, p.state,
       p.identity_assurance_level as level, t.method, t.organisation, o.name as "organisationName",
       (select count(*)::int from role_profile r where r.person = p.id and (r.ends_at is null or now() < r.ends_at)) as roles,
       t.ready_at is not null as "isReady", t.made_by as "madeBy", ${isoOf('t.made_at')} as "madeAt", ${isoOf('t.expires_at')} as "expiresAt"
     ${among} and (:after::uuid is null or (t.made_at, t.person) < (select made_at, person from sandbox_person where person = :after))
     order by t.made_at desc, t.person desc limit :limit`,
    given,
  );
  return { count: counted?.n ?? 0, people };
}

export interface RoleChoices {
  organisations: Array<{ code: string; name: string }>;
  jobRoles: Array<{ code: string; name: string }>;
  activities: Array<{ code: string; name: string }>;
}

/** More than anybody looks through on a page. */
const mostShown = 400;

/** What roles of test people can be made of: everything that is loaded, but what would let them into our own back office. */
export async function roleChoices(em: EntityManager): Promise<RoleChoices> {
  const organisations = await em.execute<RoleChoices['organisations']>(
    `select code, name from organisation order by name, code limit ${mostShown}`,
  );
  const codes = await em.execute<RoleChoices['jobRoles']>(
    `select code, name from code_name where code not in (select jsonb_array_elements_text(:kept::jsonb)) order by name, code`,
    { kept: JSON.stringify(roleSources.map(({ code }) => code)) },
  );
  const begins = (letter: string) => codes.filter(({ code }) => code.startsWith(letter));
  return { organisations, jobRoles: begins('R'), activities: begins('B') };
}

/** Which of these are not loaded. */
export async function unknownCodes(
  em: EntityManager,
  { organisations, codes }: { organisations: readonly string[]; codes: readonly string[] },
): Promise<string[]> {
  const rows = await em.execute<Array<{ code: string }>>(
    `select code from jsonb_array_elements_text(:organisations::jsonb) code where code not in (select o.code from organisation o)
     union all
     select code from jsonb_array_elements_text(:codes::jsonb) code where code not in (select n.code from code_name n)`,
    { organisations: JSON.stringify(organisations), codes: JSON.stringify(codes) },
  );
  return rows.map(({ code }) => code);
}
