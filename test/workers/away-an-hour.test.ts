/** What we depend on is away for an hour: tried again with growing pauses, shown as failing to whoever looks, then done, once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import request from 'supertest';
import { PrintFailed } from '../../activities/printing.ts';
import { connectRedis } from '../../adapters/lane.ts';
import { createMail } from '../../adapters/mail.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow, recordMail } from '../../db/mail/mail.ts';
import { OpenCaseRow, recordOpenCase } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { startMail } from '../../dev/services/mail.ts';
import { freePort } from '../../dev/services/ports.ts';
import { startMailLane } from '../../workers/jobs/mail.ts';
import { cardIssuing, readyForCards } from '../support/card-issue.ts';
import { aWorkstation } from '../support/cards.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { webAs } from '../support/edges.ts';
import { eventually as soon } from '../support/eventually.ts';
import { startOwnClock } from '../support/own-clock.ts';
import { aRedis } from '../support/printing.ts';
import { type Service, startService } from '../support/service.ts';

const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000];
const minutes = (count: number) => count / 60 / 24;

let service: Service;
let stopClock: () => Promise<void>;
let elm: Organisation;
beforeAll(async () => {
  stopClock = await startOwnClock();
  service = await startService();
}, 90_000);
afterAll(async () => {
  await service?.stop();
  await stopClock?.();
});
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const eventually = (check: () => Promise<void>) => soon(check, 20_000);
const em = () => service.orm.em.fork();
const caseOf = (id: string) => em().findOne(OpenCaseRow, { id });
const board = async () => (await request(webAs(service.deps, elm.manager)).get('/open-cases?health=failing').expect(200)).text;

test('the printer, for an hour: the case fails and says since when, and the card is printed once when it is back', async () => {
  const { printer } = await readyForCards(service, elm);
  const issuing = cardIssuing(service, elm, printer, await aWorkstation(service.deps));
  const tries: number[] = [];
  let printed = 0;
  service.hooks.instead['printCard'] = async () => {
    const { currentAttemptScheduledTimestampMs, scheduledTimestampMs } = activityInfo();
    const since = currentAttemptScheduledTimestampMs - scheduledTimestampMs;
    tries.push(since);
    if (since < hourMs) throw new PrintFailed('PrinterUnreachable', printer);
    printed += 1;
    return 'printed';
  };
  const id = await issuing.start();
  await issuing.post(`/card-issues/${id}/print`, { printer }).expect(200);

  await service.skipDays(minutes(20));
  await eventually(async () => expect(await caseOf(id)).toMatchObject({ failingWhat: 'printCard', attempts: tries.length }));
  expect(tries.length).toBeGreaterThan(6);
  const half = tries.length;
  expect(await caseOf(id)).toMatchObject({ stage: 'printing', failingError: 'PrinterUnreachable', nextTryAt: expect.any(Date) });
  expect(await board()).toContain('The printer at Main reception has not answered since');
  expect(await board()).toContain(`tried ${half} times; next try`);

  await service.skipDays(minutes(46));
  await eventually(async () => expect(await issuing.stageOf(id)).toBe('printed'));
  expect(tries.length).toBeGreaterThan(half + 5);
  // The test server says of each try when the one before it had failed.
  expectGrowing(pausesBetween(tries.slice(1)), { firstMs: 5 * secondMs, mostMs: 5 * minuteMs });
  expect(printed).toBe(1);
  expect(await em().count(AuditRow, { caseId: `card-issue/${id}`, what: 'card-issue.printed' })).toBe(1);
  expect(await caseOf(id)).toMatchObject({ failingSince: null, attempts: 0, waitsFor: 'ra-agent' });
  expect(await board()).not.toContain('The printer at Main reception');
}, 120_000);

test('SMTP, for an hour: the case fails and says since when, and the letter is sent once when it is back', async () => {
  const ports = { smtpPort: await freePort(), inboxPort: await freePort() };
  const server = await aRedis();
  const redis = connectRedis(server.url, () => {});
  const mail = createMail({ smtpUrl: `smtp://127.0.0.1:${ports.smtpPort}`, from: 'Care Identity Service <no-reply@care.example>' });
  const id = await aCaseWithLetter();
  const lane = startMailLane({ orm: service.orm, redis, mail, webUrl: 'http://localhost:1', key: randomBytes(32), sweepMs: 50 });
  const letter = () => em().findOneOrFail(MailRow, { aboutId: id });

  const pauses: number[] = [];
  for (let away = 0; away < hourMs; away += pauses.at(-1)!) {
    await eventually(async () => expect(await letter()).toMatchObject({ attempts: pauses.length + 1, error: 'MailServerUnreachable' }));
    await eventually(async () => expect(await caseOf(id)).toMatchObject({ failingWhat: 'mail', attempts: pauses.length + 1 }));
    pauses.push(Math.round(((await letter()).nextTryAt.getTime() - Date.now()) / secondMs) * secondMs);
    expect(await board()).toContain('The mail server has not answered since');
    // The pause is over.
    await em().nativeUpdate(MailRow, { aboutId: id }, { nextTryAt: new Date() });
  }
  expectGrowing(pauses, { firstMs: 30 * secondMs, mostMs: 15 * minuteMs });

  const inbox = await startMail({ ...ports, folder: mkdtempSync(join(tmpdir(), 'inbox-')) });
  await em().nativeUpdate(MailRow, { aboutId: id }, { nextTryAt: new Date() });
  await eventually(async () => expect(await letter()).toMatchObject({ state: 'sent' }));
  await eventually(async () => expect(await caseOf(id)).toMatchObject({ failingSince: null, attempts: 0 }));
  expect(await board()).not.toContain('The mail server');
  // What other tests left in the table goes out, too.
  const { email } = await em().findOneOrFail(PersonRow, { id: elm.sponsor });
  const received = (await (await fetch(`${inbox.inboxUrl}/api/email`)).json()) as Array<{ to: Array<{ address: string }> }>;
  expect(received.filter(({ to }) => to.some(({ address }) => address === email))).toHaveLength(1);
  expect(await em().count(AuditRow, { subjectId: (await letter()).id, what: 'mail.sent' })).toBe(1);
  await lane.stop();
  mail.close();
  await Promise.all([redis.quit(), inbox.stop()]);
  await server.stop();
}, 120_000);

/** A request that waits for a sponsor, who is being told. @returns its id */
async function aCaseWithLetter(): Promise<string> {
  const id = randomUUID();
  const about = { kind: 'position-request', id };
  const cause = { id: randomUUID(), at: new Date(), who: elm.agent, via: 'workflow' as const, caseId: `position-request/${id}` };
  await em().transactional(async (tx) => {
    const waiting = { organisation: elm.code, person: null, stage: 'submitted', waitsFor: 'sponsor', since: cause.at };
    await recordOpenCase(tx, { ...about, ...waiting });
    const to = { kind: 'person' as const, id: elm.sponsor };
    await recordMail(tx, { to, template: 'position-request-reminder', about, organisation: elm.code }, cause);
  });
  return id;
}

const pausesBetween = (moments: readonly number[]) => moments.slice(1).map((moment, at) => moment - moments[at]!);

/** Twice as long each time, up to the longest; on a busy machine it is seen a little late. */
function expectGrowing(pauses: readonly number[], { firstMs, mostMs }: { firstMs: number; mostMs: number }): void {
  const wanted = pauses.map((_pause, at) => Math.min(firstMs * 2 ** at, mostMs));
  const wrong = pauses.filter((pause, at) => Math.abs(pause - wanted[at]!) > Math.max(3 * secondMs, wanted[at]! / 4));
  expect({ pauses, wrong }).toEqual({ pauses, wrong: [] });
}
