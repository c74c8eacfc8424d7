/** Brings the database up to date and loads the national codes. Run before the processes of a new version start; safe to run again. */
import { readConfig } from '../config.ts';
import { claimEnvironment } from '../db/environment.ts';
import { createOrm } from '../db/orm.ts';
import { loadReferenceData } from '../db/organisation/reference.ts';
import { makeServiceLogin, prepareForService } from '../db/service-role.ts';

const { DATABASE_URL, MIGRATION_DATABASE_URL, ENVIRONMENT } = readConfig('migrate');
const orm = await createOrm(MIGRATION_DATABASE_URL ?? DATABASE_URL);
const ran = await orm.migrator.up();
const em = orm.em.fork();
await claimEnvironment(em, ENVIRONMENT);
await loadReferenceData(em);
const hasRole = await prepareForService(em);
if (hasRole && MIGRATION_DATABASE_URL) await makeServiceLogin(em, DATABASE_URL);
else
  console.warn(
    hasRole
      ? 'Without MIGRATION_DATABASE_URL the processes own the tables, and only triggers keep the audit'
      : 'This database user may make no roles, so only triggers keep the audit. Let another run: create role care_service nologin',
  );
await orm.close();
console.info(JSON.stringify({ migrations: ran.map(({ name }) => name) }));
