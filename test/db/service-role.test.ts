import { randomUUID } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { AuditRow, recordAudit } from '../../db/audit.ts';
import { createOrm } from '../../db/orm.ts';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { PersonRow } from '../../db/person/person.ts';
import { makeServiceLogin, prepareForService } from '../../db/service-role.ts';
import { executeAsAdmin } from '../support/admin.mjs';
import { anOrganisation, databaseOfThisWorker, type Organisation } from '../support/database.ts';

/** As a process is in PostgreSQL: a login of this test's own, that a migration makes. */
const login = { name: `care_test_${randomUUID().slice(0, 8)}`, password: "o'neill/%:@" };
let owner: MikroORM;
let process: MikroORM;
let elm: Organisation;
const address = async ({ name, password } = login) => {
  const [row] = await owner.em.fork().execute<Array<{ name: string }>>(`select current_database() as name`);
  const url = new URL(globalThis.process.env['TEST_DATABASE_URL']!);
  return Object.assign(url, { pathname: `/${row!.name}`, username: name, password: encodeURIComponent(password) }).href;
};
beforeAll(async () => {
  owner = await databaseOfThisWorker();
  expect(await prepareForService(owner.em.fork())).toBe(true);
  await makeServiceLogin(owner.em.fork(), await address());
  await makeServiceLogin(owner.em.fork(), await address({ ...login, password: 'another' })); // and changes nothing of one that is there
  process = await createOrm(await address());
  elm = await anOrganisation(owner);
});
afterAll(async () => {
  await process.close();
  await owner.close();
  await executeAsAdmin(`drop role ${login.name}`);
});

const em = () => process.em.fork();
const audited = (at: Date) => {
  const cause = { id: `test/${randomUUID()}`, at, who: elm.agent, via: 'command' as const, caseId: null };
  const subject = { what: 'test.done', subjectKind: 'test', subjectId: elm.code, organisation: elm.code, detail: {} };
  return em().transactional((tx: EntityManager) => recordAudit(tx, cause, subject));
};
/** One that a migration made, one that was added since, and the one for what no month was made for. */
const parts = ['audit', 'audit_2026_11', 'audit_2031_05', 'audit_default'];
beforeAll(() => owner.em.fork().execute(`select add_audit_month('2031-05-01')`));

test('a process adds to the audit, in any month, and reads it', async () => {
  for (const at of ['2026-11-24T09:00:00Z', '2031-05-02T09:00:00Z', '2040-01-01T09:00:00Z']) await audited(new Date(at));
  expect(await em().count(AuditRow, { subjectId: elm.code, what: 'test.done' })).toBe(3);
  for (const part of parts) await em().execute(`select count(*) from ${part}`);
});

test.each(parts)('and changes, deletes and empties nothing of %s, nor alters it', async (part) => {
  const denied = { message: expect.stringMatching(/permission denied|must be owner/) };
  for (const sql of [
    `update ${part} set who = 'nobody'`,
    `delete from ${part}`,
    `truncate ${part}`,
    `alter table ${part} disable trigger all`,
    `drop table ${part}`,
    `create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$`,
    `set session_replication_role = replica`,
  ])
    await expect(em().execute(sql)).rejects.toMatchObject(denied);
});

test.each(parts)('not even the owner empties %s without taking the trigger away first', async (part) => {
  await expect(owner.em.fork().execute(`truncate ${part}`)).rejects.toThrow('insert only');
});

test('a process does its work in every other table, but says neither which environment the database is of nor which migrations ran', async () => {
  const code = randomUUID().slice(0, 6).toUpperCase();
  await em().insert(OrganisationRow, { code, name: 'Oak Surgery' });
  await em().nativeUpdate(OrganisationRow, { code }, { name: 'Oak Practice' });
  expect(await em().nativeDelete(OrganisationRow, { code })).toBe(1);
  expect(await em().count(PersonRow, { id: elm.beneficiary })).toBe(1);
  await em().execute(`select nextval('role_profile_id')`);
  await expect(em().execute(`update environment set name = 'dev'`)).rejects.toThrow('permission denied');
  await expect(em().execute(`delete from mikro_orm_migrations`)).rejects.toThrow('permission denied');
  const tables = await owner.em.fork().execute(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'mikro_orm_migrations'
       and not (has_table_privilege('care_service', oid, 'select') and has_table_privilege('care_service', oid, 'insert'))`,
  );
  expect(tables).toEqual([]);
});

test('a table of a later migration is granted with it', async () => {
  const table = `later_${randomUUID().slice(0, 8)}`;
  await owner.em.fork().execute(`create table ${table} (id text)`);
  await expect(em().execute(`select from ${table}`)).rejects.toThrow('permission denied');
  await prepareForService(owner.em.fork());
  await em().execute(`select from ${table}`);
  await owner.em.fork().execute(`drop table ${table}`);
});

test('the owner’s own login is refused to the processes', async () => {
  const url = new URL(await address());
  const { username, password } = new URL(globalThis.process.env['TEST_DATABASE_URL']!);
  await expect(makeServiceLogin(owner.em.fork(), Object.assign(url, { username, password }).href)).rejects.toThrow('owns the tables');
});
