/** The board of open cases: how many, how old, how well, and a page of them. The number of queries does not grow with the cases. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { ageBounds, type CaseFacts, type Health } from '../../domain/open-case.ts';
import { patiently } from './open-case-sweep.ts';

export interface BoardCase extends CaseFacts {
  id: string;
  organisation: string;
  organisationName: string;
  person: string | null;
  /** Of the person it is about, or of the applicant. */
  personName: string | null;
  waitsForPerson: string | null;
  waitsForPersonName: string | null;
  openedAt: Date;
  since: Date;
  holdsCard: boolean;
  /** Of the printer that fails. */
  thingName: string | null;
}

export interface Counted {
  kind: string;
  health: Health;
  /** Index into domain/open-case.ts `ageWords`. */
  age: number;
  n: number;
}

export interface BoardFilter {
  organisations: readonly string[];
  kind?: string | undefined;
  health?: Health | undefined;
  after?: BoardCursor | undefined;
  limit: number;
}

/** Where a page ends: cases are listed from the one that has stood longest. */
export interface BoardCursor {
  since: string;
  kind: string;
  id: string;
}

const failing = `(c.failing_since is not null or c.lost_since is not null)`;
const healthIs: Readonly<Record<Health, string>> = {
  failing,
  nobody: `(not ${failing} and c.nobody_since is not null)`,
  late: `(not ${failing} and c.nobody_since is null and c.due < now())`,
  'on-time': `(not ${failing} and c.nobody_since is null and (c.due is null or c.due >= now()))`,
};

/** Below so many cases they are counted when they are asked for; above, what the sweep counted within the last minute is good enough. */
const countedAnew = 5_000;

const healthOfRow = `case when ${failing} then 'failing' when c.nobody_since is not null then 'nobody' when c.due < now() then 'late' else 'on-time' end`;
const ageOfRow = `width_bucket(extract(epoch from now() - c.opened_at)::float8 / 86400, array[${ageBounds.join(', ')}]::float8[])`;

/** Of all cases of these organisations, whatever else is filtered. Never above a few thousand rows are looked at. */
export async function countOpenCases(em: EntityManager, organisations: readonly string[]): Promise<Counted[]> {
  if (organisations.length === 0) return [];
  return em.execute<Counted[]>(
    `with kept as materialized (
       select kind, health, age, sum(n)::int as n from open_case_count where organisation in (:organisations) group by 1, 2, 3),
     many as materialized (select coalesce(sum(n), 0) >= ${countedAnew} as "is" from kept)
     select c.kind, ${healthOfRow} as health, ${ageOfRow} as age, count(*)::int as n
       from open_case c where not (select "is" from many) and c.organisation in (:organisations) group by 1, 2, 3
     union all
     select kind, health, age, n from kept where (select "is" from many)`,
    { organisations: [...organisations] },
  );
}

/** Counts all open cases: the sweep does, so that a board of very many need not. */
export async function recordCounts(em: EntityManager): Promise<void> {
  await patiently(em, async (tx) => {
    await tx.execute(`lock table open_case_count in exclusive mode`); // two sweeps at once would both insert; readers go on
    await tx.execute(`delete from open_case_count`);
    await tx.execute(
      `insert into open_case_count (organisation, kind, health, age, n)
       select c.organisation, c.kind, ${healthOfRow}, ${ageOfRow}, count(*) from open_case c group by 1, 2, 3, 4`,
    );
  });
}

const columns = `
  c.kind, c.id, c.organisation, c.person, c.stage, c.waits_for as "waitsFor", c.waits_for_person as "waitsForPerson", c.opened_at as "openedAt",
  c.since, c.due, c.holds_card as "holdsCard", c.failing_since as "failingSince", c.failing_what as "failingWhat",
  c.failing_error as "failingError", c.attempts, c.next_try_at as "nextTryAt", c.nobody_since as "nobodySince", c.lost_since as "lostSince",
  o.name as "organisationName", nullif(concat_ws(' ', w.given_names, w.family_name), '') as "waitsForPersonName",
  coalesce(nullif(concat_ws(' ', p.given_names, p.family_name), ''),
    nullif(concat_ws(' ', a.given_name, a.middle_names, a.family_name), '')) as "personName",
  case when d.id is not null then 'The printer at ' || d.location end as "thingName"`;

const joins = `
  join organisation o on o.code = c.organisation
  left join person p on p.id = c.person
  left join person w on w.id = c.waits_for_person
  left join application a on c.kind = 'identity-proofing' and a.id = c.id
  left join printer d on d.id::text = c.failing_thing`;

/** One more than the limit when there are more. */
export async function pageOfOpenCases(em: EntityManager, { organisations, kind, health, after, limit }: BoardFilter): Promise<BoardCase[]> {
  if (organisations.length === 0) return [];
  const where = [
    'c.organisation in (:organisations)',
    ...(kind ? ['c.kind = :kind'] : []),
    ...(health ? [healthIs[health]] : []),
    ...(after ? ['(c.since, c.kind, c.id) > (:since::timestamptz, :afterKind, :afterId::uuid)'] : []),
  ];
  const rows = await em.execute<BoardCase[]>(
    `with page as (
       select c.* from open_case c where ${where.join(' and ')} order by c.since, c.kind, c.id limit ${limit + 1})
     select ${columns} from page c ${joins} order by c.since, c.kind, c.id`,
    { organisations: [...organisations], kind, since: after?.since, afterKind: after?.kind, afterId: after?.id },
  );
  return rows.map(withDates);
}

/** @returns undefined if it was never open, or is no longer */
export async function getBoardCase(em: EntityManager, kind: string, id: string): Promise<BoardCase | undefined> {
  const [row] = await em.execute<BoardCase[]>(`select ${columns} from open_case c ${joins} where c.kind = :kind and c.id = :id`, {
    kind,
    id,
  });
  return row && withDates(row);
}

/** A query written by hand gives moments as text. */
function withDates(row: BoardCase): BoardCase {
  const date = (value: Date | null) => (value ? new Date(value) : null);
  const { since, openedAt, due, failingSince, nextTryAt, nobodySince, lostSince } = row;
  const optional = { due: date(due), failingSince: date(failingSince), nextTryAt: date(nextTryAt) };
  return {
    ...row,
    since: new Date(since),
    openedAt: new Date(openedAt),
    ...optional,
    nobodySince: date(nobodySince),
    lostSince: date(lostSince),
  };
}

export interface Told {
  at: Date;
  what: string;
  who: string;
  via: string;
  subjectKind: string;
  detail: Record<string, string>;
}

/** The story of a case from the audit, from its beginning; the last so many records if there are more. */
export async function storyOf(em: EntityManager, kind: string, id: string, limit: number): Promise<Told[]> {
  const rows = await em.execute<Told[]>(
    `select at, what, who, via, subject_kind as "subjectKind", detail from (
       select * from audit where case_id = :caseId
       union
       select * from audit where subject_kind in (:kind, 'application') and subject_id = :id) a
     order by at desc, id desc limit ${limit}`,
    { caseId: `${kind}/${id}`, kind, id },
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) })).reverse();
}

/** Whose case it was, for one that is over. */
export async function organisationOfCase(em: EntityManager, kind: string, id: string): Promise<string | undefined> {
  const [row] = await em.execute<Array<{ organisation: string }>>(
    `select organisation from audit where case_id = :caseId order by at desc limit 1`,
    { caseId: `${kind}/${id}` },
  );
  return row?.organisation;
}
