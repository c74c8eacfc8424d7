import { randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { ApplicationRow, recordAnswers } from '../../db/application/application.ts';
import type { Cause } from '../../db/audit.ts';
import { recordEmailCode } from '../../db/application/email-code.ts';
import { getRecipient } from '../../db/mail/recipient.ts';
import { aDraft } from '../support/application.ts';
import { anOrganisation, databaseOfThisWorker, type Organisation } from '../support/database.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => {
  orm = await databaseOfThisWorker();
  elm = await anOrganisation(orm);
});
afterAll(() => orm.close());

const key = randomBytes(32);
const causeOf = (who: string, at = new Date()): Cause => ({ id: `test/${randomUUID()}`, at, who, via: 'web', caseId: null });
const send = (id: string, at = new Date()) => orm.em.fork().transactional((em) => recordEmailCode(em, key, id, causeOf(id, at)));
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test('an address gets six codes an hour, however many drafts ask for them', async () => {
  const email = `${randomUUID()}@example.org`;
  const drafts: string[] = [];
  for (let at = 0; at < 7; at += 1) drafts.push(await aDraft(orm, elm.code, { email: at % 2 ? email : email.toUpperCase() }));
  // The seventh is asked for while the address stands in no other draft any more.
  for (const [at, id] of drafts.slice(0, 6).entries()) {
    await send(id, minutesAgo(50 - at * 5));
  }
  await orm.em.fork().nativeUpdate(ApplicationRow, { id: { $in: drafts.slice(0, 6) } }, { email: 'mine@example.org' });
  await expect(send(drafts[6]!)).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
  await send(await aDraft(orm, elm.code, { email: `${randomUUID()}@example.org` }));
});

test('while an address is not confirmed its letters name nobody: what was typed for a name is sent to no stranger', async () => {
  const id = await aDraft(orm, elm.code, { emailConfirmedAt: null, givenName: 'Win a prize at evil.example' });
  expect(await getRecipient(orm.em.fork(), 'application', id)).toEqual({ address: 'zoe@example.org', name: '' });
  await orm.em.fork().nativeUpdate(ApplicationRow, { id }, { emailConfirmedAt: new Date() });
  expect((await getRecipient(orm.em.fork(), 'application', id))?.name).toContain('Win a prize');
});

test('what an answer means is judged by the row as it is locked, not as it was read before', async () => {
  const id = await aDraft(orm, elm.code);
  await orm.em.fork().nativeUpdate(ApplicationRow, { id }, { email: 'other@example.org' });
  let seen: string | null | undefined;
  await orm.em.fork().transactional(async (em) => {
    await em.findOneOrFail(ApplicationRow, { id });
    await orm.em.fork().nativeUpdate(ApplicationRow, { id }, { email: 'newest@example.org' });
    await recordAnswers(em, id, 'contact', (row) => ((seen = row.email), {}), causeOf(id));
  });
  expect(seen).toBe('newest@example.org');
});
