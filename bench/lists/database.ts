import { Client } from 'pg';
import { createOrm } from '../../db/orm.ts';
import { makeRegister } from './register.ts';

/** A database of the register's own, beside the others of the same PostgreSQL. */
export async function createRegister(server: string, size: number) {
  const name = `register_${size}`;
  const admin = new Client(server);
  await admin.connect();
  try {
    await admin.query(`drop database if exists ${name}`);
    await admin.query(`create database ${name}`);
  } finally {
    await admin.end();
  }
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await makeRegister(url, size);
  const orm = await createOrm(url);
  let queries = 0;
  orm.config.getLogger().logQuery = () => void queries++;
  return {
    orm,
    /** Everything sent to the database while it acts, begin and commit too. */
    async queriesOf(act: () => Promise<unknown>): Promise<number> {
      queries = 0;
      await act();
      return queries;
    },
    close: () => orm.close(),
  };
}
export type Register = Awaited<ReturnType<typeof createRegister>>;
