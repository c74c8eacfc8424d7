import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Redis } from 'ioredis';
import { connectRedis } from '../../adapters/lane.ts';
import { createMail, type Mail } from '../../adapters/mail.ts';
import { AuditRow } from '../../db/audit.ts';
import { type Letter, MailRow, recordMail, recordMailRetry, sealedFor } from '../../db/mail/mail.ts';
import { findOpenCase, recordOpenCase } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { seal } from '../../db/seal.ts';
import { type MailService, startMail } from '../../dev/services/mail.ts';
import { freePort } from '../../dev/services/ports.ts';
import { startMailLane } from '../../workers/jobs/mail.ts';
import { anOrganisation, databaseOfThisWorker, type Organisation } from '../support/database.ts';
import { aRedis, type OwnRedis } from '../support/printing.ts';

let orm: MikroORM;
let server: OwnRedis;
let redis: Redis;
let inbox: MailService;
let mail: Mail;
let lane: ReturnType<typeof startMailLane>;
let elm: Organisation;
const key = randomBytes(32);
const ports = { smtp: 0, web: 0 };
const openInbox = () => startMail({ smtpPort: ports.smtp, inboxPort: ports.web, folder: mkdtempSync(join(tmpdir(), 'inbox-')) });

beforeAll(async () => {
  orm = await databaseOfThisWorker();
  server = await aRedis();
  redis = connectRedis(server.url, () => {});
  Object.assign(ports, { smtp: await freePort(), web: await freePort() });
  inbox = await openInbox();
  mail = createMail({ smtpUrl: `smtp://127.0.0.1:${ports.smtp}`, from: 'Care Identity Service <no-reply@care.example>' });
  elm = await anOrganisation(orm);
});
afterAll(async () => {
  mail.close();
  await Promise.all([redis.quit(), orm.close(), inbox.stop()]);
  await server.stop();
});
beforeEach(() => {
  lane = startMailLane({ orm, redis, mail, webUrl: 'http://localhost:3000', key, sweepMs: 100, pauseMs: () => 1500 });
});
afterEach(() => lane.stop());

const causeOf = (caseId: string | null = null) => ({ id: randomUUID(), at: new Date(), who: elm.agent, via: 'workflow' as const, caseId });
const aLetter = (changes: Partial<Letter> = {}): Letter => ({
  to: { kind: 'person', id: elm.sponsor },
  template: 'position-request-reminder',
  about: { kind: 'position-request', id: randomUUID() },
  organisation: elm.code,
  ...changes,
});
const queue = async (letter: Letter, cause = causeOf()): Promise<Letter> => {
  await orm.em.fork().transactional((em) => recordMail(em, letter, cause));
  return letter;
};
const rowsOf = ({ about }: Letter) => orm.em.fork().find(MailRow, { aboutId: about.id });

async function until(letter: Letter, is: (row: MailRow) => boolean): Promise<MailRow> {
  for (let tries = 0; tries < 100; tries += 1) {
    const [row] = await rowsOf(letter);
    if (row && is(row)) return row;
    await pause(100);
  }
  throw new Error(`Still ${JSON.stringify(await rowsOf(letter))}`);
}
const sent = (letter: Letter) => until(letter, ({ state }) => state === 'sent');

interface Received {
  subject: string;
  text: string;
  to: Array<{ address: string; name: string }>;
  headers: Record<string, string>;
}
const received = async (): Promise<Received[]> => (await fetch(`${inbox.inboxUrl}/api/email`)).json() as Promise<Received[]>;
const receivedBy = async (address: string) => (await received()).filter(({ to }) => to.some((one) => one.address === address));
const addressOf = async (id: string) => (await orm.em.fork().findOneOrFail(PersonRow, { id })).email!;

test('a letter reaches the person by name, says nothing of others, and is in the audit once', async () => {
  const letter = await queue(aLetter());
  const row = await sent(letter);

  const [got] = await receivedBy(await addressOf(elm.sponsor));
  expect(got).toMatchObject({ subject: 'A position request still waits for you', to: [{ name: 'Siân O’Brien' }] });
  expect(got!.text).toMatch(/^Dear Siân O’Brien,\n\nA request for a position at Elm Surgery/);
  expect(got!.headers['message-id']).toBe(`<${row.messageId}@care.example>`);
  expect(await orm.em.fork().find(AuditRow, { subjectId: row.id })).toMatchObject([
    { what: 'mail.sent', via: 'job', organisation: elm.code, detail: { template: 'position-request-reminder', to: elm.sponsor } },
  ]);
});

test('an approval names the position and its first day; that one is needed, a page that asks for a sign-in', async () => {
  const to = { kind: 'person' as const, id: elm.agent };
  const data = { position: elm.position, startsOn: '2027-06-01', person: elm.beneficiary };
  for (const template of ['position-request-approved-yours', 'position-request-approved', 'position-needed'] as const) {
    await sent(await queue(aLetter({ to, template, data })));
  }
  const texts = (await receivedBy(await addressOf(elm.agent))).map(({ text }) => text);
  expect(texts).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/You have a new position ‘Receptionist’ at Elm Surgery\..*at your next sign-in, from 1 June 2027\./s),
      expect.stringMatching(/The position ‘Receptionist’ at Elm Surgery that you asked for was approved\..*from 1 June 2027\./s),
      expect.stringContaining(`http://localhost:3000/people/${elm.beneficiary}`),
    ]),
  );
});

test('one cause queues one letter for each person and template, however often it is tried', async () => {
  const [letter, cause] = [aLetter({ to: { kind: 'person', id: elm.otherSponsor } }), causeOf()];
  for (let tries = 0; tries < 3; tries += 1) await queue(letter, cause);
  await sent(letter);
  await pause(500);
  expect(await rowsOf(letter)).toHaveLength(1);
  expect(await receivedBy(await addressOf(elm.otherSponsor))).toHaveLength(1);
});

test('with the mail server away the case shows it; back again, the letter is sent under the same Message-ID, and the case is well', async () => {
  await inbox.stop();
  const id = randomUUID();
  const open = { kind: 'position-request', id, organisation: elm.code, person: null, stage: 'submitted', waitsFor: 'sponsor' };
  await recordOpenCase(orm.em.fork(), { ...open, since: new Date() });
  const letter = await queue(aLetter({ about: { kind: 'position-request', id }, to: { kind: 'person', id: elm.manager } }));

  const failing = await until(letter, ({ attempts, error }) => attempts >= 2 && error !== null);
  expect(failing).toMatchObject({ state: 'queued', error: 'MailServerUnreachable' });
  const shown = await findOpenCase(orm.em.fork(), 'position-request', id);
  expect(shown).toMatchObject({ failingWhat: 'mail', failingError: 'MailServerUnreachable', failingSince: expect.any(Date) });
  expect(shown.attempts).toBeGreaterThan(0);

  inbox = await openInbox();
  const row = await sent(letter);
  expect((await receivedBy(await addressOf(elm.manager)))[0]!.headers['message-id']).toBe(`<${failing.messageId}@care.example>`);
  expect(row.attempts).toBeGreaterThan(1);
  await pause(100);
  expect(await findOpenCase(orm.em.fork(), 'position-request', id)).toMatchObject({ failingSince: null, failingWhat: null, attempts: 0 });
});

test('a letter to where somebody was reached before goes there, and forgets the address once it is sent', async () => {
  const sealed = seal(key, sealedFor, JSON.stringify({ address: 'before@example.org' }));
  const letter = await queue(aLetter({ template: 'contact-changed-before', sealed }));
  expect((await sent(letter)).sealed).toBeNull();
  expect(await receivedBy('before@example.org')).toMatchObject([{ subject: 'Your e-mail address was changed' }]);
});

test('an emptied or restarted Redis loses no letter', async () => {
  const letters = Array.from({ length: 20 }, () => aLetter({ to: { kind: 'person', id: elm.beneficiary } }));
  for (const [at, letter] of letters.entries()) {
    await queue(letter);
    if (at === 5) await redis.flushall();
    if (at === 10) await server.restart();
  }
  for (const letter of letters) await sent(letter);
  expect(await receivedBy(await addressOf(elm.beneficiary))).toHaveLength(20);
});

test('a code is readable in the letter and nowhere in the row; too late, it is not sent', async () => {
  const sealed = seal(key, sealedFor, JSON.stringify({ code: '482913' }));
  const to = { kind: 'person' as const, id: elm.receptionist };
  const inTime = await queue(aLetter({ to, template: 'application-code', sealed, uselessAt: new Date(Date.now() + 60_000) }));
  expect(JSON.stringify(await orm.em.fork().execute('select * from mail'))).not.toContain('482913');
  expect((await sent(inTime)).sealed).toBeNull();
  expect((await receivedBy(await addressOf(elm.receptionist)))[0]!.text).toContain('\n\n482913\n\n');

  const late = await queue(aLetter({ to, template: 'application-code', sealed, uselessAt: new Date(Date.now() - 1) }));
  expect(await until(late, ({ state }) => state !== 'queued')).toMatchObject({ state: 'failed', error: 'TooLate' });
  expect(await receivedBy(await addressOf(elm.receptionist))).toHaveLength(1);
});

test('names and addresses that try to be headers stay text', async () => {
  const person = elm.trustSponsor;
  await orm.em.fork().nativeUpdate(PersonRow, { id: person }, { familyName: 'Eve\r\nBcc: all@evil.example, "O’Neil" <x@evil.example>' });
  const letter = await queue(aLetter({ to: { kind: 'person', id: person } }));
  await sent(letter);
  const [got] = await receivedBy(await addressOf(person));
  expect(got!.to).toHaveLength(1);
  expect(got!.to[0]!.name).toContain('Eve Bcc: all@evil.example');
  expect(got!.headers).not.toHaveProperty('bcc');

  await orm.em.fork().nativeUpdate(PersonRow, { id: person }, { email: 'a@b.example, c@evil.example' });
  const two = await queue(aLetter({ to: { kind: 'person', id: person } }));
  expect(await until(two, ({ state }) => state !== 'queued')).toMatchObject({ state: 'failed', error: 'MailAddressRefused' });
  expect(await receivedBy('c@evil.example')).toEqual([]);
});

test('a letter to nobody is given up, shows on its case, and is tried again when a manager says so', async () => {
  const id = randomUUID();
  const about = { kind: 'position-request', id };
  const open = { ...about, organisation: elm.code, person: null, stage: 'submitted', waitsFor: 'sponsor', since: new Date() };
  await recordOpenCase(orm.em.fork(), open);
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.agent }, { email: null });
  const letter = await queue(aLetter({ about, to: { kind: 'person', id: elm.agent } }));
  expect(await until(letter, ({ state }) => state === 'failed')).toMatchObject({ error: 'NoAddress' });
  expect(await findOpenCase(orm.em.fork(), about.kind, id)).toMatchObject({ failingError: 'NoAddress', nextTryAt: null });

  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.agent }, { email: 'aisha@elm.example' });
  expect(await recordMailRetry(orm.em.fork(), about)).toBe(1);
  await sent(letter);
  expect(await receivedBy('aisha@elm.example')).toHaveLength(1);
});

test('a sender that died in the middle leaves the letter to the next, after the pause', async () => {
  await lane.stop();
  const letter = await queue(aLetter({ to: { kind: 'person', id: elm.sponsor } }));
  const [row] = await rowsOf(letter);
  await orm.em.fork().nativeUpdate(MailRow, { id: row!.id }, { attempts: 1, messageId: row!.id, nextTryAt: new Date(Date.now() + 500) });
  lane = startMailLane({ orm, redis, mail, webUrl: 'http://localhost:3000', key, sweepMs: 100 });
  expect(await sent(letter)).toMatchObject({ attempts: 2, messageId: row!.id });
});
