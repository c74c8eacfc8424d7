/** Letters to whoever looks after a connected system: once for each of the days before something ends. */
import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { AuditRow } from '../../db/audit.ts';
import { recordClientKeyRemoved, recordClientSecret } from '../../db/client/client-key.ts';
import { recordClientUsed } from '../../db/client/client-activity.ts';
import { endingSoon, recordWarned } from '../../db/client/client-warning.ts';
import { ClientRow, recordClientState } from '../../db/client/client.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { getRecipient } from '../../db/mail/recipient.ts';
import { warnDaysBefore } from '../../domain/client-words.ts';
import { factsOf } from '../../workers/jobs/mail/facts.ts';
import { letters } from '../../workers/jobs/mail/letters.ts';
import { aConnection, inDays, withKey } from '../support/connection.ts';
import { anOrganisation, databaseOfThisWorker } from '../support/database.ts';

let orm: MikroORM;
let elm: Awaited<ReturnType<typeof anOrganisation>>;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const dayMs = 86_400_000;
const later = (days: number, from = Date.now()) => new Date(from + days * dayMs);
const cause = (at = new Date()) => ({ id: `test/${randomUUID()}`, at, who: 'somebody', via: 'web' as const, caseId: null });
/** What the day's run finds of one system, and writes about. */
async function run(client: string, now: Date): Promise<Array<[string, number]>> {
  const soon = (await endingSoon(orm.em.fork(), now, warnDaysBefore, 1000)).filter((each) => each.client === client);
  for (const each of soon) await orm.em.fork().transactional((em) => recordWarned(em, { at: now }, each));
  return soon.map(({ what, daysBefore }) => [what, daysBefore]);
}
const lettersAbout = (id: string) => orm.em.fork().find(MailRow, { aboutKind: 'client', aboutId: id });

test('a key: 30, 7 and 1 days before it ends, each once, and audited; one that is removed no more', async () => {
  const id = await aConnection(orm, { organisation: elm.code });
  const ends = later(40);
  const kid = await withKey(orm, id, ends);
  const before = (days: number) => new Date(ends.getTime() - days * dayMs);
  expect(await run(id, before(31))).toEqual([]);
  expect(await run(id, before(30))).toEqual([['key', 30]]);
  expect(await run(id, before(29))).toEqual([]);
  expect(await run(id, before(6.5))).toEqual([['key', 7]]);
  expect(await run(id, before(5))).toEqual([]);
  expect(await run(id, before(0.9))).toEqual([['key', 1]]);
  expect(await run(id, before(0.5))).toEqual([]);
  expect(await run(id, before(-1))).toEqual([]);
  expect(await lettersAbout(id)).toHaveLength(3);
  const told = await orm.em.fork().find(AuditRow, { what: 'client.warn', subjectId: id });
  expect(told.map(({ detail }) => detail['daysBefore']).sort()).toEqual(['1', '30', '7']);

  const other = await aConnection(orm, { organisation: elm.code });
  const gone = await withKey(orm, other, ends);
  await orm.em.fork().transactional((em) => recordClientKeyRemoved(em, cause(), { client: other, kid: gone }));
  expect(await run(other, before(5))).toEqual([]);
  expect(kid).toBeTruthy();
});

test('two runs at once write one letter', async () => {
  const id = await aConnection(orm, { organisation: elm.code });
  await withKey(orm, id, later(20));
  const now = new Date();
  const [ending] = (await endingSoon(orm.em.fork(), now, warnDaysBefore, 1000)).filter(({ client }) => client === id);
  const both = await Promise.all([1, 2].map(() => orm.em.fork().transactional((em) => recordWarned(em, { at: now }, ending!))));
  expect(both.sort()).toEqual([false, true]);
  expect(await lettersAbout(id)).toHaveLength(1);
});

test('secrets and reviews too; nothing of a system that is off, nor of keys that are fetched', async () => {
  const id = await aConnection(orm, {
    organisation: elm.code,
    reviewOn: inDays(5),
    settings: { token_endpoint_auth_method: 'client_secret_post' },
  });
  const secret = { client: id, id: randomUUID(), secret: randomUUID(), notAfter: later(0.5) };
  await orm.em.fork().transactional((em) => recordClientSecret(em, cause(), secret));
  const now = new Date();
  expect(await run(id, now)).toEqual([
    ['secret', 1],
    ['review', 7],
  ]);
  // A review that is put off is written about again in its time.
  const reviewOn = inDays(40);
  await orm.em.fork().nativeUpdate(ClientRow, { id }, { reviewOn });
  expect(await run(id, later(5))).toEqual([]);
  expect(await run(id, later(12))).toEqual([['review', 30]]);

  await orm.em.fork().transactional((em) => recordClientState(em, cause(), id, 'off'));
  expect(await run(id, later(39))).toEqual([]);
  const fetched = await aConnection(orm, { organisation: elm.code, settings: { jwks_uri: 'https://oak.example/keys' } });
  await withKey(orm, fetched, later(3));
  expect(await run(fetched, now)).toEqual([]);
});

test('the letter goes to the contact of that moment, and says which key and when', async () => {
  const id = await aConnection(orm, { organisation: elm.code, contact: 'first@example.org' });
  const kid = await withKey(orm, id, new Date('2099-02-27T12:00:00Z'));
  await run(id, new Date('2099-02-20T13:00:00Z'));
  const [letter] = (await lettersAbout(id)).filter(({ data }) => data['what'] === 'key');
  expect(JSON.stringify(letter)).not.toContain('first@example.org');
  await orm.em.fork().nativeUpdate(ClientRow, { id }, { contact: 'second@example.org' });
  expect(await getRecipient(orm.em.fork(), 'client', letter!.toId)).toEqual({ address: 'second@example.org', name: '' });
  const facts = factsOf({ organisation: 'Elm Surgery', raContact: null, data: letter!.data, hidden: {}, webUrl: 'http://localhost' });
  const { subject, text } = letters['connection-ending'](facts);
  expect(subject).toBe('A key of Oak records ends soon');
  expect(text).toContain('ends on 27 February 2099');
  expect(text).toContain(`kid ${kid}`);
  expect(letters['connection-ending']({ ...facts, data: { ...facts.data, what: 'review' } }).text).toContain('by 27 February 2099');
});

test('when a system was last used is written at most once a minute', async () => {
  const id = await aConnection(orm, { organisation: elm.code });
  const used = async () => (await orm.em.fork().findOneOrFail(ClientRow, { id }, { refresh: true })).lastUsedAt;
  await recordClientUsed(orm.em.fork(), id);
  const first = await used();
  expect(first).toBeInstanceOf(Date);
  await recordClientUsed(orm.em.fork(), id);
  expect(await used()).toEqual(first);
  await orm.em.fork().nativeUpdate(ClientRow, { id }, { lastUsedAt: later(-1) });
  await recordClientUsed(orm.em.fork(), id);
  expect((await used())!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  await recordClientUsed(orm.em.fork(), 'web');
});

test('a system’s last days are read from the index, however long the audit is', async () => {
  const em = orm.em.fork();
  await em.transactional(async (tx) => {
    await tx.execute(`set local enable_seqscan = off`);
    const plan = await tx.execute<Array<{ 'QUERY PLAN': string }>>(
      `explain select at, what from audit where detail->>'client' = 'x' and what = 'token.issue' and at >= now() - interval '7 days' order by at desc limit 10`,
    );
    const lines = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(lines).toMatch(/Index Scan.*using audit\w*_expr_what_at_idx/);
    expect(lines).not.toMatch(/Seq Scan|Sort {2}\(cost/);
  });
});
