/** Sign-ins as pages list them: those that are live, of one person; and those that ended, with how each system took the news. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { mostCounted } from '../../domain/count.ts';
import type { TellingAnswer } from '../../domain/sign-in-ends.ts';
import { isoOf } from '../iso.ts';
import { fromLiveSignIns } from './sign-in.ts';

export interface ListedSignIn {
  id: string;
  method: string;
  level: number;
  /** What its holder calls the authenticator, or the number of the card. */
  with: string | null;
  startedAt: string;
  seenAt: string;
  /** Which systems it let in, by name. */
  systems: string[];
}

/** The newest first. */
export const liveSignInsOf = (em: EntityManager, person: string, limit = 100): Promise<ListedSignIn[]> =>
  em.execute<ListedSignIn[]>(
    `select s.id, s.method, s.level, coalesce(a.name, c.serial) as "with", ${isoOf('s.started_at')} as "startedAt", ${isoOf('s.seen_at')} as "seenAt",
       coalesce((select jsonb_agg(coalesce(k.settings ->> 'client_name', l.client) order by l.at) from sign_in_client l
                 left join client k on k.id = l.client where l.sign_in = s.id), '[]') as systems
     ${fromLiveSignIns} and s.person = :person
     order by s.started_at desc, s.id limit :limit`,
    { person, limit },
  );

/** Whether a sign-in is this person's and not over. */
export async function isOpenSignInOf(em: EntityManager, person: string, id: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>(`select from sign_in where id = :id and person = :person and ended_at is null`, { id, person });
  return rows.length > 0;
}

export interface TellingOf {
  client: string;
  name: string;
  answer: TellingAnswer;
  tries: number;
  /** From the end until it answered; null while it has not. */
  seconds: number | null;
}

export interface AccessEnd {
  /** Of one of the sign-ins that ended then. */
  id: string;
  person: string;
  personName: string;
  careId: string;
  organisation: string;
  organisationName: string;
  endedAt: string;
  reason: string | null;
  signIns: number;
  systems: TellingOf[];
}

interface Listing {
  /** Where the person is registered. */
  organisations: readonly string[];
  /** Only those where a system has not answered yet. */
  waiting?: boolean | undefined;
  /** The id of the last one on the page before. */
  after?: string | undefined;
  limit: number;
  /** Those of one person; of test people only so. */
  person?: string | undefined;
}

const grouped = `
  select s.person, s.ended_at, s.end_reason, (max(s.id::text))::uuid as id, count(*)::int as n, array_agg(s.id) as ids
  from sign_in s join person p on p.id = s.person
  where s.ended_at is not null and p.organisation in (select jsonb_array_elements_text(:organisations::jsonb))
    and (s.person = :person::uuid or (:person::uuid is null and not exists (select from sandbox_person t where t.person = s.person)))
    and (not :waiting::boolean or exists (select from sign_in_client l where l.sign_in = s.id and l.told_at is null))
  group by s.person, s.ended_at, s.end_reason`;

/** Each moment at which sign-ins of a person ended, the last first, with every system they had let in. Kept as long as sign-ins are. */
export async function accessEnds(
  em: EntityManager,
  { organisations, waiting = false, after, person, limit }: Listing,
): Promise<{ count: number; ends: AccessEnd[] }> {
  const given = { organisations: JSON.stringify(organisations), waiting, after: after ?? null, person: person ?? null, limit };
  const [counted] = await em.execute<Array<{ n: number }>>(
    `select count(*)::int as n from (select from (${grouped}) each limit ${mostCounted + 1}) counted`,
    given,
  );
  const ends = await em.execute<AccessEnd[]>(
    `select e.id, e.person, concat_ws(' ', p.given_names, p.family_name) as "personName", p.care_id as "careId", p.organisation,
       o.name as "organisationName", ${isoOf('e.ended_at')} as "endedAt", e.end_reason as reason, e.n as "signIns",
       coalesce((
         select jsonb_agg(jsonb_build_object('client', l.client, 'name', coalesce(k.settings ->> 'client_name', l.client),
             'answer', coalesce(l.answer, 'waiting'), 'tries', l.tries,
             'seconds', round(extract(epoch from l.told_at - e.ended_at)::numeric, 1)) order by l.told_at desc nulls first, l.client)
         from sign_in_client l left join client k on k.id = l.client where l.sign_in = any(e.ids)), '[]') as systems
     from (${grouped}) e join person p on p.id = e.person join organisation o on o.code = p.organisation
     where :after::uuid is null or (e.ended_at, e.id) < (select ended_at, id from sign_in where id = :after::uuid)
     order by e.ended_at desc, e.id desc limit :limit`,
    given,
  );
  return { count: counted?.n ?? 0, ends };
}
