import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Redis } from 'ioredis';
import { createJob, sendCard } from '../../adapters/card-printer.ts';
import { connectRedis, openPrintLanes, type PrintLanes } from '../../adapters/lane.ts';
import { AuditRow } from '../../db/audit.ts';
import { findPrintJob, PrintJobRow } from '../../db/smartcard/print-job.ts';
import { findPrinter } from '../../db/smartcard/printer.ts';
import { startPrintLanes } from '../../workers/jobs/print.ts';
import { jobName } from '../../workers/jobs/print/steps.ts';
import { databaseOfThisWorker } from '../support/database.ts';
import { aCard, aPrinter, aPrintJob, aRealPrinter, aRedis, type OwnRedis, type RealPrinter } from '../support/printing.ts';

let orm: MikroORM;
let server: OwnRedis;
let redis: Redis;
let printer: RealPrinter;
let lanes: PrintLanes;
let lane: ReturnType<typeof startPrintLanes>;
let row: Awaited<ReturnType<typeof aPrinter>>;
let draw = (): Promise<Buffer> => aCard();

beforeAll(async () => {
  orm = await databaseOfThisWorker();
  server = await aRedis();
  redis = connectRedis(server.url, () => {});
  printer = await aRealPrinter();
  lanes = openPrintLanes(redis);
});
afterAll(async () => {
  await lanes.close();
  await Promise.all([redis.quit(), orm.close(), printer.stop()]);
  await server.stop();
});
beforeEach(async () => {
  await printer.switchOn();
  draw = () => aCard();
  row = await aPrinter(orm, printer.url);
  lane = startPrintLanes({ orm, redis, artworkOf: () => draw(), pollMs: 100, sweepMs: 100 });
});
afterEach(() => lane.stop());

const job = (id: string) => findPrintJob(orm.em.fork(), id);
const auditOf = async (id: string) =>
  (await orm.em.fork().find(AuditRow, { subjectId: id }, { orderBy: { at: 1 } })).map(({ what }) => what);

async function until(id: string, is: (row_: PrintJobRow) => boolean): Promise<PrintJobRow> {
  for (let tries = 0; tries < 150; tries += 1) {
    const found = await job(id);
    if (is(found)) return found;
    await pause(100);
  }
  throw new Error(`Still ${JSON.stringify(await job(id))}`);
}
const ended = (id: string) => until(id, ({ state }) => ['printed', 'failed', 'unknown'].includes(state));
/** What a process that died at this moment left. */
const leave = (id: string, values: Partial<PrintJobRow>) => orm.em.fork().nativeUpdate(PrintJobRow, { id }, values);

test('a card is printed once, and each step is in the audit', async () => {
  const before = printer.printed();
  const id = await aPrintJob(orm, row);
  await lanes.add(row.id, id);

  expect(await ended(id)).toMatchObject({ state: 'printed', printerJobId: expect.any(Number), attempts: 0, error: null });
  expect(printer.printed()).toBe(before + 1);
  expect(await auditOf(id)).toEqual([
    'print-job.queue',
    'print-job.creating',
    'print-job.sending',
    'print-job.printing',
    'print-job.printed',
  ]);
});

test('cards for one printer are printed one after the other, though two processes work on its lane', async () => {
  const second = startPrintLanes({ orm, redis, artworkOf: () => draw(), pollMs: 100, sweepMs: 100 });
  let [drawing, most] = [0, 0];
  draw = async () => {
    most = Math.max(most, (drawing += 1));
    await pause(300);
    drawing -= 1;
    return aCard();
  };
  const ids = await Promise.all([aPrintJob(orm, row), aPrintJob(orm, row), aPrintJob(orm, row)]);
  for (const id of ids) await lanes.add(row.id, id);

  for (const id of ids) expect(await ended(id)).toMatchObject({ state: 'printed', attempts: 0 });
  expect(most).toBe(1);
  await second.stop();
});

test('a printer that is switched off leaves the card waiting, and says so; switched on, it is printed', async () => {
  await printer.switchOff();
  const id = await aPrintJob(orm, row);
  await lanes.add(row.id, id);

  expect(await until(id, ({ attempts }) => attempts > 0)).toMatchObject({ state: 'queued', error: 'PrinterUnreachable' });
  expect(await findPrinter(orm.em.fork(), row.id)).toMatchObject({ state: 'unreachable' });

  await printer.switchOn();
  await lanes.add(row.id, id);
  expect(await ended(id)).toMatchObject({ state: 'printed', error: null });
});

test('killed after the printer made the job and before its number was kept: that job is taken away and the card is printed once', async () => {
  const before = printer.printed();
  const id = await aPrintJob(orm, row);
  await createJob(row, jobName(await job(id)));
  await leave(id, { state: 'creating' });
  await lanes.add(row.id, id);

  expect(await ended(id)).toMatchObject({ state: 'printed' });
  expect(printer.printed()).toBe(before + 1);
});

test('killed between printing and saving that it printed: the printer is asked, and nothing is printed again', async () => {
  const before = printer.printed();
  const id = await aPrintJob(orm, row);
  const printerJobId = await createJob(row, jobName(await job(id)));
  await sendCard(row, printerJobId, await aCard());
  await leave(id, { state: 'sending', printerJobId });
  await lanes.add(row.id, id);

  expect(await ended(id)).toMatchObject({ state: 'printed', printerJobId });
  expect(printer.printed()).toBe(before + 1);
});

test('killed before the card was sent: it goes to the job that waits for it', async () => {
  const before = printer.printed();
  const id = await aPrintJob(orm, row);
  const printerJobId = await createJob(row, jobName(await job(id)));
  await leave(id, { state: 'sending', printerJobId });
  await lanes.add(row.id, id);

  expect(await ended(id)).toMatchObject({ state: 'printed', printerJobId });
  expect(printer.printed()).toBe(before + 1);
});

test('a printer that has forgotten the job, or gives its number to another: nobody knows, and nothing is printed', async () => {
  await printer.switchOff();
  await printer.switchOn();
  const other = await createJob(row, 'somebody else’s');
  await sendCard(row, other, await aCard());
  await pause(1000);
  const before = printer.printed();
  const [forgotten, taken] = [await aPrintJob(orm, row), await aPrintJob(orm, row)];
  await leave(forgotten, { state: 'printing', printerJobId: 777 });
  await leave(taken, { state: 'sending', printerJobId: other });
  for (const id of [forgotten, taken]) await lanes.add(row.id, id);

  expect(await ended(forgotten)).toMatchObject({ state: 'unknown' });
  expect(await ended(taken)).toMatchObject({ state: 'unknown' });
  expect(printer.printed()).toBe(before);
  expect(await auditOf(taken)).toEqual(['print-job.queue', 'print-job.unknown']);
});

test('an emptied Redis loses no card: added again by its id, it is printed once', async () => {
  const before = printer.printed();
  draw = async () => {
    await redis.flushall();
    draw = () => aCard();
    return aCard();
  };
  const id = await aPrintJob(orm, row);
  await lanes.add(row.id, id);
  await pause(1000);
  await lanes.add(row.id, id);

  expect(await ended(id)).toMatchObject({ state: 'printed' });
  expect(printer.printed()).toBe(before + 1);
});

test('a job that another process has in hand is left to it', async () => {
  const before = printer.printed();
  const id = await aPrintJob(orm, row);
  await leave(id, { leasedUntil: new Date(Date.now() + 60_000) });
  await lanes.add(row.id, id);
  await pause(1000);

  expect(await job(id)).toMatchObject({ state: 'queued' });
  expect(printer.printed()).toBe(before);
});

test('what does not speak IPP is said to be so', async () => {
  const page = await aPrinter(orm, printer.url.replace('/ipp/print', `/${randomUUID()}`));
  const id = await aPrintJob(orm, page);
  await lanes.add(page.id, id);
  expect((await until(id, ({ attempts }) => attempts > 0)).error).toMatch(/^Printer(NotUnderstood|Refused)$/);
});
