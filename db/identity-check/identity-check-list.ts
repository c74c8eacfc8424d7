/** The queue of ID checkers, page by page: with names, one query a page however many wait. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { State } from '../../domain/application.ts';
import { mostCounted } from '../../domain/count.ts';
import type { Decision } from '../../domain/identity-check/outcome.ts';
import { isoOf } from '../iso.ts';
import type { PersonRow } from '../person/person.ts';

export const checkViews = ['waiting', 'mine', 'done'] as const;
export type CheckView = (typeof checkViews)[number];

export interface ListedCheck {
  id: string;
  reference: string;
  organisation: string;
  organisationName: string;
  name: string;
  job: string;
  state: State;
  submittedAt: string;
  dueAt: string | null;
  isLate: boolean;
  /** Who has it now, and until when. */
  takenBy: string | null;
  takenByName: string | null;
  takenUntil: string | null;
  /** The caller may not check it: it looks like their own, or they said that they know the person. */
  isNotForMe: boolean;
}

export interface ListedDecision {
  id: string;
  application: string;
  reference: string;
  organisationName: string;
  name: string;
  decision: Decision;
  reason: string | null;
  checker: string;
  checkerName: string;
  decidedAt: string;
  profile: string | null;
  level: number | null;
}

export interface Queue {
  me: Pick<PersonRow, 'id' | 'familyName' | 'dateOfBirth' | 'nationalInsuranceNumber' | 'email'>;
  organisations: readonly string[];
  /** Only what is overdue. */
  late?: boolean | undefined;
  /** Only what nobody has. */
  free?: boolean | undefined;
  /** What the page before ended with. */
  after?: string | undefined;
  limit: number;
}

/** A list that the planner sees, so that it knows few organisations from very many. */
const at = `= any(:organisations::text[])`;
const taken = `(a.state = 'checking' and a.leased_until > now())`;
/** Nobody has it: those that somebody has are few, and found once. */
const free = `c.id not in (select a.id from application a where ${taken})`;
/** As domain/identity-check.ts finds it, in what a database can compare: the command that takes it judges again. */
const notForMe = `(a.national_insurance_number = :number::text or lower(a.email) = lower(:email::text)
  or (a.date_of_birth = :birth::date and search_words(a.family_name) = search_words(:family))
  or exists (select from identity_check k where k.application = a.id and k.checker = :me::uuid and k.declaration = 'knows'))`;

const listed = `
  a.id, a.reference, a.organisation, o.name as "organisationName",
    concat_ws(' ', a.given_name, a.middle_names, a.family_name) as name, a.job, a.state, ${isoOf('a.submitted_at')} as "submittedAt",
    ${isoOf('c.due')} as "dueAt", coalesce(c.due < now(), false) as "isLate", case when ${taken} then a.leased_by end as "takenBy",
    case when ${taken} then concat_ws(' ', l.given_names, l.family_name) end as "takenByName",
    case when ${taken} then ${isoOf('a.leased_until')} end as "takenUntil", coalesce(${notForMe}, false) as "isNotForMe"`;
const withNames = `join organisation o on o.code = a.organisation left join person l on l.id = a.leased_by`;

type Open = Exclude<CheckView, 'done'>;

/** All that is to be checked, whoever has it. */
const toCheck = `c.kind = 'identity-proofing' and c.waits_for = 'id-checker'`;
const waiting = `${toCheck} and c.organisation ${at}`;
/** What I have, and what waits for an answer that I asked for: found from there, however many others wait. */
const mine = `(
    select id from application where leased_by = :me::uuid
    union select application from identity_decision where checker = :me::uuid and decision = 'ask-more' and decided_at is not null) m
  join open_case c on c.kind = 'identity-proofing' and c.id = m.id and c.organisation ${at}
  join application a on a.id = m.id and (a.leased_by = :me::uuid or a.state = 'more-needed')`;

/** Of each organisation the first in its index, and of those the first of all, before anything is joined to them. */
const pages: Readonly<Record<Open, (filters: string) => string>> = {
  waiting: (filters) => `(
      select c.id, c.due from unnest(:organisations::text[]) as place(code) cross join lateral (
        select c.id, c.due from open_case c
        where ${toCheck} and c.organisation = place.code ${filters} order by c.due, c.id limit :more) c
      order by c.due, c.id limit :more) c
    join application a on a.id = c.id ${withNames}`,
  mine: (filters) => `${mine} ${withNames} where true ${filters}`,
};

export async function listChecks(em: EntityManager, view: Open, queue: Queue): Promise<{ checks: ListedCheck[]; next: string | null }> {
  const [due, id] = readCursor(queue.after);
  const onwards = due ? 'and (c.due, c.id) > (:due::timestamptz, :id::uuid)' : '';
  const filters = `${onwards} ${queue.late ? 'and c.due < now()' : ''} ${queue.free ? `and ${free}` : ''}`;
  const rows = await em.execute<ListedCheck[]>(`select ${listed} from ${pages[view](filters)} order by c.due, c.id limit :more`, {
    ...given(queue),
    due,
    id,
    more: queue.limit + 1,
  });
  const checks = rows.slice(0, queue.limit);
  const last = checks.at(-1);
  return { checks, next: rows.length > queue.limit && last?.dueAt ? cursorOf(last.dueAt, last.id) : null };
}

/** How many there are in each view, up to mostCounted, and how many are overdue. */
export async function countChecks(em: EntityManager, queue: Queue): Promise<Record<CheckView | 'late' | 'free', number>> {
  const upTo = (from: string) => `(select count(*)::int from (select from ${from} limit ${mostCounted + 1}) counted)`;
  const cases = (where: string) => upTo(`open_case c where ${where}`);
  const [row] = await em.execute<Array<Record<CheckView | 'late' | 'free', number>>>(
    `select ${cases(waiting)} as waiting, ${cases(`${waiting} and c.due < now()`)} as late,
       ${cases(`${waiting} and ${free}`)} as free,
       ${upTo(mine)} as mine,
       ${upTo(`identity_decision d where ${decidedHere}`)} as done`,
    given(queue),
  );
  return row ?? { waiting: 0, mine: 0, done: 0, late: 0, free: 0 };
}

/** What was decided is listed for so long. */
const doneForDays = 30;
const decidedHere = `d.organisation ${at} and d.decided_at > now() - interval '${doneForDays} days'`;

/** The last decided first. @param byMe only the caller's own */
export async function listDecisions(
  em: EntityManager,
  queue: Queue & { byMe?: boolean | undefined },
): Promise<{ decisions: ListedDecision[]; next: string | null }> {
  const [decided, id] = readCursor(queue.after);
  const rows = await em.execute<ListedDecision[]>(
    `with page as (
       select d.* from identity_decision d
       where ${decidedHere} ${queue.byMe ? 'and d.checker = :me::uuid' : ''}
         and (:decided::timestamptz is null or (d.decided_at, d.id) < (:decided::timestamptz, :id::uuid))
       order by d.decided_at desc, d.id desc limit :more)
     select d.id, d.application, a.reference, o.name as "organisationName",
       concat_ws(' ', a.given_name, a.middle_names, a.family_name) as name, d.decision, d.reason, d.checker,
       concat_ws(' ', l.given_names, l.family_name) as "checkerName", ${isoOf('d.decided_at')} as "decidedAt", d.profile, d.level
     from page d join application a on a.id = d.application join organisation o on o.code = d.organisation
     join person l on l.id = d.checker
     order by d.decided_at desc, d.id desc`,
    { ...given(queue), decided, id, more: queue.limit + 1 },
  );
  const decisions = rows.slice(0, queue.limit);
  const last = decisions.at(-1);
  return { decisions, next: rows.length > queue.limit && last ? cursorOf(last.decidedAt, last.id) : null };
}

/**
 * The one to take next: the oldest due that nobody has and this checker may check. Others who ask at the same moment get others.
 * In a transaction, which holds its lock.
 */
export async function lockNext(
  em: EntityManager,
  queue: Pick<Queue, 'me' | 'organisations'>,
  passed: readonly string[],
): Promise<string | null> {
  const [row] = await em.execute<Array<{ id: string }>>(
    `select a.id from open_case c join application a on a.id = c.id
     where ${waiting} and not ${taken} and not coalesce(${notForMe}, false)
       and a.id not in (select jsonb_array_elements_text(:passed::jsonb)::uuid)
     order by c.due, c.id limit 1 for update of a skip locked`,
    { ...given(queue), passed: JSON.stringify(passed) },
  );
  return row?.id ?? null;
}

const given = ({ me, organisations }: Pick<Queue, 'me' | 'organisations'>) => ({
  organisations: `{${organisations.join(',')}}`,
  me: me.id,
  family: me.familyName,
  birth: me.dateOfBirth,
  number: me.nationalInsuranceNumber ?? null,
  email: me.email ?? null,
});

const cursorOf = (moment: string, id: string) => Buffer.from(`${moment} ${id}`).toString('base64url');

/** A cursor that is none begins at the beginning. */
function readCursor(cursor: string | undefined): [string | null, string | null] {
  const [, moment, id] =
    /^(\S+) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(Buffer.from(cursor ?? '', 'base64url').toString()) ?? [];
  return moment && id && !Number.isNaN(Date.parse(moment)) ? [moment, id] : [null, null];
}
