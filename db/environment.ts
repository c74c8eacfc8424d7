import type { EntityManager } from '@mikro-orm/postgresql';

export type Environment = 'production' | 'dev';

/**
 * Marks a database, the first time, as belonging to one environment: what dev made is never taken for real.
 *
 * @throws {Error} if it belongs to the other
 */
export async function claimEnvironment(em: EntityManager, environment: Environment): Promise<void> {
  await em.execute(`insert into environment (name) values (:environment) on conflict do nothing`, { environment });
  const [row] = await em.execute<Array<{ name: string; since: string }>>(`select name, since from environment`);
  if (row?.name === environment) return;
  throw new Error(
    `This database has held ${row?.name} data since ${row?.since}: it cannot be used as ${environment}. Make a new database.`,
  );
}
