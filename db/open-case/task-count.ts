/** How much waits in each task of a person: one query, each count from an index and up to a limit. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { mostCounted } from '../../domain/count.ts';
import type { Waiting } from '../../domain/task.ts';

export interface TaskCount {
  name: string;
  /** One above mostCounted stands for more. */
  n: number;
  late: number;
}

/** @param wanted each with the organisations where the person may do it */
export async function countWaiting(
  em: EntityManager,
  me: string,
  wanted: ReadonlyArray<{ waiting: Waiting; organisations: readonly string[] }>,
): Promise<TaskCount[]> {
  const asked = wanted.filter(({ organisations }) => organisations.length > 0);
  if (asked.length === 0) return [];
  const values: Record<string, unknown> = { me };
  const counts = asked.map(({ waiting: { name, kind, waitsFor, mine }, organisations }, at) => {
    Object.assign(values, { [`name${at}`]: name, [`kind${at}`]: kind, [`for${at}`]: [...waitsFor] });
    values[`at${at}`] = `{${organisations.join(',')}}`;
    if (kind === 'connection-change') return changesAt(at);
    const where = `c.kind = :kind${at} and c.waits_for in (:for${at}) and c.organisation = any(:at${at}::text[])${mine ? ' and c.waits_for_person = :me::uuid' : ''}`;
    const upTo = (more = '') =>
      `(select count(*)::int from (select from open_case c where ${where} ${more} limit ${mostCounted + 1}) counted)`;
    return `select :name${at} as name, ${upTo()} as n, ${upTo('and c.due < now()')} as late`;
  });
  return em.execute<TaskCount[]>(counts.join(' union all '), values);
}

/** Of connected systems: not those that the person asked for, which somebody else decides. They are never late. */
const changesAt = (at: number): string =>
  `select :name${at} as name, (select count(*)::int from (
     select from client_change a join client c on c.id = a.client
     where a.state = 'asked' and a.asked_by <> :me and c.organisation = any(:at${at}::text[]) limit ${mostCounted + 1}) counted) as n, 0 as late`;
