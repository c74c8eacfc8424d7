/**
 * A register of people and open cases of any size, made in the database by generate_series: one top organisation, 20 trusts whose registration
 * authorities serve it, 480 practices. The number of organisations is the same at every size. All of it is made up.
 */
import { Client } from 'pg';
import { createOrm } from '../../db/orm.ts';
import { recordCounts } from '../../db/open-case/open-case-board.ts';
import { beginnings, endings, familyNames, givenNames } from './names.ts';
import { casesSql } from './register-cases.ts';
import { organisationsSql, peopleSql } from './register-people.ts';

/** @param url of a database that is there and empty @param size people, and open cases */
export async function makeRegister(url: string, size: number): Promise<void> {
  const orm = await createOrm(url);
  orm.config.get('migrations').silent = true;
  try {
    await orm.migrator.up();
    await fill(url, size);
    await recordCounts(orm.em.fork()); // as the minute sweep does
  } finally {
    await orm.close();
  }
}

async function fill(url: string, size: number): Promise<void> {
  const client = new Client(url);
  await client.connect();
  const list = (names: readonly string[]) => `array[${names.map((name) => client.escapeLiteral(name)).join(', ')}]`;
  try {
    await client.query('begin');
    await client.query('select setseed(0.2026)'); // the same register each time
    await client.query(helpersSql(list));
    for (const statement of [...organisationsSql, ...peopleSql(size), ...casesSql(size)]) await client.query(statement);
    await client.query('commit');
    await client.query('vacuum analyze'); // as PostgreSQL would by itself, some time later
  } finally {
    await client.end();
  }
}

/** Functions of this connection only: an id made of a number, and a name by how common it is. */
const helpersSql = (list: (names: readonly string[]) => string): string => `
  create function pg_temp.id_of(kind text, n bigint) returns uuid language sql immutable as $$
    select overlay(overlay(md5(kind || n) placing '4' from 13) placing '8' from 17)::uuid $$;
  create function pg_temp.one_of(names text[], skew float8) returns text language sql volatile as $$
    select names[1 + floor(cardinality(names) * power(random(), skew))::int] $$;
  create function pg_temp.given_name() returns text language sql volatile as $$
    select pg_temp.one_of(${list(givenNames)}, 1.6) $$;
  create function pg_temp.family_name() returns text language sql volatile as $$
    select case when random() < 0.6 then pg_temp.one_of(${list(familyNames)}, 1.6)
      else pg_temp.one_of(${list(beginnings)}, 1) || pg_temp.one_of(${list(endings)}, 1) end $$;
  create function pg_temp.organisation() returns text language sql volatile as $$
    select case when random() < 0.3 then 'R' || lpad((1 + floor(random() * 20))::text, 3, '0')
      else 'P' || lpad((1 + floor(random() * 480))::text, 5, '0') end $$;`;
