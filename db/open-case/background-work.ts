/** How the work stands that belongs to no case: what the schedules do, by the activity interceptor; and what waits in the lanes. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LaneFacts, ScheduledFacts } from '../../domain/background-work.ts';
import { mostCounted } from '../../domain/count.ts';
import type { Failing } from './open-case.ts';

/** That it is to be done again and again. Every worker says so when it starts. */
export async function recordPlanned(em: EntityManager, planned: ReadonlyArray<{ id: string; everySeconds: number }>): Promise<void> {
  await em.execute(
    `insert into background_work (id, every_seconds)
     select id, "everySeconds" from jsonb_to_recordset(:planned::jsonb) as p(id text, "everySeconds" integer)
     on conflict (id) do update set every_seconds = excluded.every_seconds`,
    { planned: JSON.stringify(planned) },
  );
}

/** One of its steps worked. @param what only this works again: another step may still fail */
export async function recordWorkedWell(em: EntityManager, id: string, what: string): Promise<void> {
  await em.execute(
    `update background_work set good_at = now(), failing_since = null, failing_what = null, failing_error = null, attempts = 0, next_try_at = null
     where id = :id and (failing_what is null or failing_what = :what)`,
    { id, what },
  );
}

export async function recordWorkFailing(em: EntityManager, id: string, { what, error, attempts, nextTryAt }: Failing): Promise<void> {
  await em.execute(
    `update background_work set failing_since = coalesce(failing_since, now()), failing_what = :what, failing_error = :error,
       attempts = :attempts, next_try_at = :nextTryAt
     where id = :id`,
    { id, what, error, attempts, nextTryAt },
  );
}

export async function scheduledWork(em: EntityManager): Promise<Array<ScheduledFacts & { id: string; what: string | null }>> {
  const rows = await em.execute<ScheduledRow[]>(
    `select id, every_seconds as "everySeconds", known_at as "knownAt", good_at as "goodAt", failing_since as since, failing_what as what,
       failing_error as error, attempts, next_try_at as "nextTryAt" from background_work order by id`,
  );
  return rows.map(({ id, everySeconds, knownAt, goodAt, since, what, error, attempts, nextTryAt }) => ({
    id,
    everySeconds,
    what,
    knownAt: new Date(knownAt),
    goodAt: dateOf(goodAt),
    failing: since === null ? null : { since: new Date(since), error, attempts, nextTryAt: dateOf(nextTryAt) },
  }));
}

interface ScheduledRow {
  id: string;
  everySeconds: number;
  knownAt: string;
  goodAt: string | null;
  since: string | null;
  what: string | null;
  error: string | null;
  attempts: number;
  nextTryAt: string | null;
}

/** Each from the index of what waits, and no further than what is counted. */
const lanes = `
  select 'mail' as id, count(*)::int as waiting, min(next_try_at) filter (where attempts = 0 and next_try_at <= now()) as "oldestDueAt",
    count(*) filter (where attempts > 0)::int as n, min(queued_at) filter (where attempts > 0) as since,
    max(error) filter (where attempts > 0) as error, max(attempts) as attempts, min(next_try_at) filter (where attempts > 0) as "nextTryAt"
  from (select * from mail where state = 'queued' order by next_try_at limit ${mostCounted + 1}) m
  union all
  select 'sign-in-endings', count(*)::int, min(tell_at) filter (where tries = 0 and tell_at <= now()),
    count(*) filter (where tries > 0)::int, min(ended_at) filter (where tries > 0), null, max(tries), min(tell_at) filter (where tries > 0)
  from (select c.tell_at, c.tries, s.ended_at from sign_in_client c join sign_in s on s.id = c.sign_in
        where c.tell_at is not null order by c.tell_at limit ${mostCounted + 1}) t`;

export async function laneWork(em: EntityManager): Promise<Array<LaneFacts & { id: string }>> {
  const rows = await em.execute<LaneRow[]>(lanes);
  return rows.map(({ id, waiting, oldestDueAt, n, since, error, attempts, nextTryAt }) => ({
    id,
    waiting,
    oldestDueAt: dateOf(oldestDueAt),
    failing: since === null ? null : { n, since: new Date(since), error, attempts, nextTryAt: dateOf(nextTryAt) },
  }));
}

interface LaneRow {
  id: string;
  waiting: number;
  oldestDueAt: string | null;
  n: number;
  since: string | null;
  error: string | null;
  attempts: number;
  nextTryAt: string | null;
}

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
