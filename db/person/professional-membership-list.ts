/** Memberships that somebody has to look up in their register, as a page lists them: in one query however many there are. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { mostCounted } from '../../domain/count.ts';
import type { Day } from '../../domain/days.ts';
import type { Body } from '../../domain/professional-membership.ts';

export interface DueMembership {
  id: string;
  person: string;
  personName: string;
  careId: string;
  organisationName: string;
  body: Body;
  since: Day;
  until: Day | null;
  isChecked: boolean;
}

interface Listing {
  /** Where their people are registered. */
  organisations: readonly string[];
  /** Those whose last day is this one or earlier, besides those that nobody has looked up. */
  by: Day;
  /** Whoever looks: nobody looks up their own. */
  except: string;
  /** The id of the last one on the page before. */
  after?: string | undefined;
  limit: number;
}

/** When it was due: recorded and not looked up since then, or its last day. */
const due = `case when m.checked_at is null then (m.recorded_at at time zone 'Europe/London')::date else m.until end`;

/** The longest due first. Of a closed Care ID none goes on. */
export async function dueMemberships(
  em: EntityManager,
  { organisations, by, except, after, limit }: Listing,
): Promise<{ count: number; found: DueMembership[] }> {
  const from = `from professional_membership m join person p on p.id = m.person and p.state <> 'closed' join organisation o on o.code = p.organisation
    where m.ended_at is null and (m.checked_at is null or m.until <= :by::date) and m.person <> :except
      and p.organisation in (select jsonb_array_elements_text(:organisations::jsonb))`;
  const given = { organisations: JSON.stringify(organisations), by, except, after: after ?? null, limit };
  const [counted] = await em.execute<Array<{ n: number }>>(
    `select count(*)::int as n from (select ${from} limit ${mostCounted + 1}) counted`,
    given,
  );
  const found = await em.execute<DueMembership[]>(
    `select m.id, m.person, concat_ws(' ', p.given_names, p.family_name) as "personName", p.care_id as "careId",
       o.name as "organisationName", m.body, m.since::text, m.until::text, m.checked_at is not null as "isChecked"
     ${from} and (:after::uuid is null or (${due}, m.id) > (select ${due}, m.id from professional_membership m where m.id = :after::uuid))
     order by ${due}, m.id limit :limit`,
    given,
  );
  return { count: counted?.n ?? 0, found };
}
