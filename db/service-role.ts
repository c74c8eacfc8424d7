/**
 * Who the processes are in PostgreSQL: a login that is a member of care_service, which changes no table and only adds to the audit.
 * Called by the owner after each migration (workers/migrate.ts, dev/); every step may be done again.
 */
import type { EntityManager } from '@mikro-orm/postgresql';

const monthsAhead = 24;

/**
 * Rights on what the migrations made, tables of later ones included, and room for the audit of the months to come.
 *
 * @returns whether care_service is there: not if the owner may make no roles, and nobody else made it
 */
export async function prepareForService(em: EntityManager): Promise<boolean> {
  await em.execute(
    `select add_audit_month(month::date)
     from generate_series(date_trunc('month', now()), now() + make_interval(months => ${monthsAhead}), interval '1 month') month`,
  );
  const [granted] = await em.execute<Array<{ is: boolean }>>(`select grant_service_rights() as is`);
  return granted?.is ?? false;
}

/**
 * The login that a database address names, made if there is none, and a member of care_service. A login that is there keeps its password.
 *
 * @throws {Error} when it is the owner's own or a superuser, whom nothing would stop, or the owner may make no roles
 */
export async function makeServiceLogin(em: EntityManager, address: string): Promise<void> {
  const { username, password } = new URL(address);
  const login = { name: decodeURIComponent(username), password: decodeURIComponent(password) };
  const [found] = await em.execute<Array<{ stops_nothing: boolean; is_member: boolean }>>(
    `select rolsuper or pg_has_role(oid, (select relowner from pg_class where oid = 'audit'::regclass), 'member') as stops_nothing,
       pg_has_role(oid, 'care_service', 'member') as is_member
     from pg_roles where rolname = :name`,
    login,
  );
  if (found?.stops_nothing)
    throw new Error(
      `${login.name} owns the tables: give the processes a login of their own in DATABASE_URL, and the owner's in MIGRATION_DATABASE_URL`,
    );
  if (found?.is_member) return;
  const making = found
    ? `'grant care_service to %I', :name::text`
    : `'create role %I login password %L in role care_service', :name::text, :password::text`;
  const [{ sql } = { sql: '' }] = await em.execute<Array<{ sql: string }>>(`select format(${making}) as sql`, login);
  await em.execute(sql);
}
