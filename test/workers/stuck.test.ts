/** A card that cannot be printed, from the printer being switched off to the manager who frees it; and what the minute sweep finds. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Redis } from 'ioredis';
import request from 'supertest';
import { openCaseSweepActivities } from '../../activities/open-case-sweep.ts';
import { printingActivities } from '../../activities/printing.ts';
import { connectRedis, openPrintLanes, type PrintLanes } from '../../adapters/lane.ts';
import { createRunningWorkflows } from '../../adapters/running-workflows.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PrintJobRow } from '../../db/smartcard/print-job.ts';
import { PrinterRow } from '../../db/smartcard/printer.ts';
import { startPrintLanes } from '../../workers/jobs/print.ts';
import { cardIssuing, readyForCards } from '../support/card-issue.ts';
import { aWorkstation } from '../support/cards.ts';
import { anOrganisation, endPositionsOf, type Organisation } from '../support/database.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { aCard, aRealPrinter, aRedis, type OwnRedis, type RealPrinter } from '../support/printing.ts';
import { startServiceOnRealTemporal } from '../support/real-temporal.ts';

let service: Awaited<ReturnType<typeof startServiceOnRealTemporal>>;
let server: OwnRedis;
let redis: Redis;
let lanes: PrintLanes;
let lane: ReturnType<typeof startPrintLanes>;
let printer: RealPrinter;
let elm: Organisation;
let issuing: ReturnType<typeof cardIssuing>;
let issue: string;

beforeAll(async () => {
  service = await startServiceOnRealTemporal();
  server = await aRedis();
  redis = connectRedis(server.url, () => {});
  lanes = openPrintLanes(redis);
  lane = startPrintLanes({ orm: service.orm, redis, artworkOf: () => aCard(), pollMs: 200, sweepMs: 200 });
  printer = await aRealPrinter();
  const { printCard } = printingActivities({ orm: service.orm, lanes });
  service.hooks.instead['printCard'] = printCard;
}, 60_000);
afterAll(async () => {
  await lane.stop();
  await service.stop();
  await lanes.close();
  await Promise.all([redis.quit(), printer.stop()]);
  await server.stop();
});
beforeEach(async () => {
  await printer.switchOn();
  elm = await anOrganisation(service.orm);
  const { printer: id } = await readyForCards(service, elm);
  await service.orm.em.fork().nativeUpdate(PrinterRow, { id }, { ippUrl: printer.url });
  issuing = cardIssuing(service, elm, id, await aWorkstation(service.deps));
  issue = await issuing.start();
  startPrint = () => issuing.post(`/card-issues/${issue}/print`, { printer: id }).expect(200);
});
let startPrint: () => Promise<unknown>;

const page = () => `/open-cases/card-issue/${issue}`;
const as = (person: string) => request(webAs(service.deps, person));
const read = async (path: string) => (await as(elm.manager).get(path).expect(200)).text;
const row = () => service.orm.em.fork().findOne(OpenCaseRow, { id: issue });
async function within(seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > seconds * 1000) throw new Error(`Not within ${seconds} seconds: ${JSON.stringify(await row())}`);
    await pause(200);
  }
}

test('switch the printer off, and the case shows as failing; switch it on, press retry, and it goes on', async () => {
  await printer.switchOff();
  const before = printer.printed();
  await startPrint();

  await within(30, async () => (await read('/open-cases?health=failing')).includes('The printer at Main reception has not answered since'));
  await within(40, async () => ((await row())?.attempts ?? 0) >= 3);
  expect(await read(`${page()}/retry`)).toMatch(/Printing the card: tried \d times/);

  await printer.switchOn();
  const key = keyIn(await read(`${page()}/retry`));
  await as(elm.manager).post(`${page()}/retry`).type('form').send({ key }).expect(303);
  await within(8, async () => (await issuing.stageOf(issue)) === 'printed');
  expect(printer.printed()).toBe(before + 1);
  expect(await row()).toMatchObject({ failingSince: null, waitsFor: 'ra-agent' });
}, 120_000);

test('pressed while a try is under way, retry lets that end, and the next begins at once', async () => {
  const real = service.hooks.instead['printCard']!;
  const tries = { begun: 0, underWay: false };
  service.hooks.instead['printCard'] = async () => {
    Object.assign(tries, { begun: tries.begun + 1, underWay: true });
    await pause(1500);
    tries.underWay = false;
    throw new Error('away');
  };
  try {
    await startPrint();
    await within(5, async () => tries.begun === 1 && !tries.underWay && ((await row())?.failingSince ?? null) !== null);
    const key = keyIn(await read(`${page()}/retry`));
    await within(15, async () => tries.begun === 2 && tries.underWay); // the next by itself would be in 10 seconds
    await as(elm.manager).post(`${page()}/retry`).type('form').send({ key }).expect(303);
    await within(4, async () => tries.begun === 3);
  } finally {
    service.hooks.instead['printCard'] = real;
  }
}, 60_000);

test('Redis emptied while a card waits for its printer: the card is printed all the same, once', async () => {
  const before = printer.printed();
  await lane.stop();
  await startPrint();
  await within(5, async () => (await redis.keys('bull:print-*')).length > 0);
  await redis.flushall();
  lane = startPrintLanes({ orm: service.orm, redis, artworkOf: () => aCard(), pollMs: 200, sweepMs: 200 });
  await within(20, async () => (await issuing.stageOf(issue)) === 'printed');
  expect(printer.printed()).toBe(before + 1);
}, 60_000);

test('a case ended by a manager prints nothing any more', async () => {
  await lane.stop();
  const before = printer.printed();
  await startPrint();
  const key = keyIn(await read(`${page()}/end`));
  const fields = { key, reason: 'no-longer-needed', words: 'Left' };
  await as(elm.manager).post(`${page()}/end`).type('form').send(fields).expect(303);
  await service.over(issue, 'card-issue');
  lane = startPrintLanes({ orm: service.orm, redis, artworkOf: () => aCard(), pollMs: 200, sweepMs: 200 });
  const job = () => service.orm.em.fork().findOneOrFail(PrintJobRow, { caseId: `card-issue/${issue}` });
  await within(5, async () => (await job()).state === 'failed');
  await pause(1000);
  expect(printer.printed()).toBe(before);
  expect((await job()).error).toBe('Cancelled'); // by the ending itself, whose transaction it shares
}, 60_000);

test('the sweep finds cases that nobody can act on and that nothing runs for, counts them, and frees them again', async () => {
  const { sweepOpenCases } = openCaseSweepActivities({ orm: service.orm, running: createRunningWorkflows(service.deps.temporal) });
  const sweep = () => new MockActivityEnvironment().run(sweepOpenCases);
  const em = () => service.orm.em.fork();
  const old = new Date(Date.now() - 300_000);
  await em().nativeUpdate(OpenCaseRow, { id: issue }, { since: old });
  const lost = { kind: 'card-issue', id: randomUUID(), organisation: elm.code, stage: 'choosing', waitsFor: 'ra-agent', holdsCard: false };
  await em().insert(OpenCaseRow, { ...lost, openedAt: old, since: old });

  await sweep();
  expect(await row()).toMatchObject({ lostSince: null, nobodySince: null });
  expect(await em().findOneOrFail(OpenCaseRow, { id: lost.id })).toMatchObject({ lostSince: expect.any(Date) });
  expect(await read('/open-cases?health=failing')).toContain('Nothing is running for this case');
  expect(await read('/open-cases')).toMatch(/Compared with what is running \d+ minutes? ago/);

  await endPositionsOf(service.orm, elm.agent);
  await em().nativeUpdate(OpenCaseRow, { id: issue }, { waitsFor: 'sponsor', person: elm.otherSponsor });
  await endPositionsOf(service.orm, elm.sponsor);
  await sweep();
  // The only sponsor left is the one it is about.
  expect(await row()).toMatchObject({ nobodySince: expect.any(Date) });
  await em().nativeUpdate(OpenCaseRow, { id: issue }, { person: elm.beneficiary });
  await sweep();
  expect(await row()).toMatchObject({ nobodySince: null });
});
