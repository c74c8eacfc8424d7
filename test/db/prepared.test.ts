import type { MikroORM } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import { liveRolesOf } from '../../db/position-request/role.ts';
import { prepared } from '../../db/prepared.ts';
import { databaseOfThisWorker } from '../support/database.ts';

let orm: MikroORM;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());

/** What the server has planned for this connection. */
const planned = `select name, statement from pg_prepared_statements order by name`;
interface Planned {
  name: string;
  statement: string;
}

test('a statement of sign-ins is planned once for a connection; all others are not kept', async () => {
  await orm.em.fork().transactional(async (em) => {
    const before = await em.execute<Planned[]>(planned);
    for (let n = 0; n < 3; n++) await liveRolesOf(em, randomUUID());
    await em.execute('select 1 as one where :text::text is not null', { text: 'anything' });
    const since = (await em.execute<Planned[]>(planned)).filter(({ name }) => !before.some((each) => each.name === name));
    expect(since.map(({ name }) => name)).toEqual(['live-roles']);
  });
});

test('values go beside the text, each where it is named', async () => {
  const echo = prepared<{ said: string | null; twice: string }>(
    'echo',
    'select :text::text as said, :other::text || :other::text as twice',
  );
  await orm.em.fork().transactional(async (em) => {
    const said = async (text: string | null) => (await echo(em, { text, other: `it's :text` }))[0];
    expect(await said('one')).toEqual({ said: 'one', twice: `it's :textit's :text` });
    expect(await said(null)).toMatchObject({ said: null });
    expect(await em.execute<Planned[]>(planned)).toContainEqual({ name: 'echo', statement: expect.stringContaining('$1::text as said') });
  });
});

test('it is asked in the transaction that is under way', async () => {
  const insert = prepared('insert-words', `insert into recorded_cause (id, what) values (:id, 'test')`);
  const [id, count] = [
    randomUUID(),
    prepared<{ n: number }>('count-words', 'select count(*)::int as n from recorded_cause where id = :id'),
  ];
  const rolledBack = orm.em.fork().transactional(async (em) => {
    await insert(em, { id });
    expect(await count(em, { id })).toEqual([{ n: 1 }]);
    throw new Error('back');
  });
  await expect(rolledBack).rejects.toThrow('back');
  expect(await count(orm.em.fork(), { id })).toEqual([{ n: 0 }]);
});
