/**
 * Prints the cards of table `print_job`: a lane for each printer, one card at a time in all processes. What was sent to a printer is
 * never sent again from the beginning: after a crash the printer is asked, and what it does not know somebody has to look at.
 */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { NameNotPrintable } from '../../adapters/card-artwork.ts';
import { askPrinter, PrinterError } from '../../adapters/card-printer.ts';
import { printLane } from '../../adapters/lane.ts';
import {
  busyPrinters,
  orphanedPrintJobs,
  type PrintJobRow,
  recordPrintStep,
  recordPrintTried,
  takePrintJob,
} from '../../db/smartcard/print-job.ts';
import { findPrinter, type PrinterRow, recordPrinterState } from '../../db/smartcard/printer.ts';
import { isEnded } from '../../domain/print-job.ts';
import { repeat, startLane } from './lane.ts';
import { caseOver, moveOn, type Printing } from './print/steps.ts';

export interface PrintLaneDeps {
  orm: MikroORM;
  redis: Redis;
  /** The PDF of a person's card. */
  artworkOf: (person: string) => Promise<Buffer>;
  /** How often a printer is asked what became of a card. */
  pollMs?: number;
  /** How often it is looked which printers have cards to print. */
  sweepMs?: number;
}

/** Works until it is stopped. A card that is being printed then goes on at the printer, and is asked after by whoever comes next. */
export function startPrintLanes(deps: PrintLaneDeps): { stop: () => Promise<void> } {
  const { orm, redis, sweepMs = 1000 } = deps;
  const stopping = new AbortController();
  const lanes = new Map<string, Worker>();
  const sweep = repeat('printers', sweepMs, async () => {
    for (const orphan of await orphanedPrintJobs(orm.em.fork())) await recordPrintStep(orm.em.fork(), orphan, caseOver);
    const busy = await busyPrinters(orm.em.fork());
    for (const printer of busy) {
      const work = (id: string) => printOne(deps, id, stopping.signal);
      if (!lanes.has(printer)) lanes.set(printer, startLane(printLane(printer), redis, { work, concurrency: 1 }));
    }
    for (const [printer, lane] of lanes) {
      if (busy.includes(printer)) continue;
      lanes.delete(printer);
      await lane.close();
    }
  });
  return {
    async stop() {
      stopping.abort();
      await sweep.stop();
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

async function printOne(deps: PrintLaneDeps, id: string, stopping: AbortSignal): Promise<void> {
  const em = deps.orm.em.fork();
  const job = await takePrintJob(em, id);
  if (!job) return;
  let error: string | null = null;
  try {
    const printer = await findPrinter(em, job.printer);
    await print({ ...deps, pollMs: deps.pollMs ?? 1000, printer, stopping }, job);
  } catch (caught) {
    error = caught instanceof PrinterError || caught instanceof NameNotPrintable ? caught.name : 'Error';
    if (error === 'PrinterUnreachable') await recordPrinterState(em, job.printer, { state: 'unreachable', reasons: [] });
    if (error === 'Error') throw caught;
  } finally {
    await recordPrintTried(deps.orm.em.fork(), id, error);
  }
}

async function print(printing: Printing, taken: PrintJobRow): Promise<void> {
  if (taken.state === 'queued') await refuseStopped(printing);
  let job = taken;
  while (!isEnded(job.state) && !printing.stopping.aborted) job = await moveOn(printing, job);
}

/** A printer that is out of cards would take the job and hold it: nobody would see that the case waits. @throws {PrinterError} */
async function refuseStopped({ orm, printer }: { orm: MikroORM; printer: PrinterRow }): Promise<void> {
  const seen = await askPrinter(printer);
  await recordPrinterState(orm.em.fork(), printer.id, seen);
  if (seen.state === 'stopped') throw new PrinterError('PrinterStopped', printer.id, seen.reasons[0] ?? 'stopped');
}
