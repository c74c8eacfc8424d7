/** Brings the database up to date and loads the national codes. Run before the processes of a new version start; safe to run again. */
import { readConfig } from '../config.ts';
import { claimEnvironment } from '../db/environment.ts';
import { createOrm } from '../db/orm.ts';
import { loadReferenceData } from '../db/reference.ts';

const config = readConfig('migrate');
const orm = await createOrm(config.DATABASE_URL);
const ran = await orm.migrator.up();
const em = orm.em.fork();
await claimEnvironment(em, config.ENVIRONMENT);
await loadReferenceData(em);
await orm.close();
console.info(JSON.stringify({ migrations: ran.map(({ name }) => name) }));
