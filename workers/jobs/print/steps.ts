/** From each state of a print job to the next: what is asked of the printer, and what is saved before and after it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { askJob, cancelJob, createJob, findJobs, type JobSeen, PrinterError, sendCard } from '../../../adapters/card-printer.ts';
import { findPrintJob, keepPrintJob, orphanedPrintJobs, type PrintJobRow, recordPrintStep } from '../../../db/smartcard/print-job.ts';
import type { PrinterRow } from '../../../db/smartcard/printer.ts';
import { type EndedPrintState, isEnded, type PrintState } from '../../../domain/print-job.ts';

export interface Printing {
  orm: MikroORM;
  printer: PrinterRow;
  artworkOf: (person: string) => Promise<Buffer>;
  pollMs: number;
  stopping: AbortSignal;
}

/** What the printer shows, and what its job is found by: the case and which print of it. Ids only. */
export const jobName = ({ caseId, step }: Pick<PrintJobRow, 'caseId' | 'step'>): string => `${caseId} ${step}`;

/**
 * One step on. Each is safe to begin again: the state that is saved before it says what may have happened.
 *
 * @returns the job as it is then
 * @throws {PrinterError} if the printer cannot be used now
 */
export async function moveOn(printing: Printing, job: PrintJobRow): Promise<PrintJobRow> {
  await keepPrintJob(printing.orm.em.fork(), job.id);
  return isEnded(job.state) ? job : next[job.state](printing, job);
}

const next: Readonly<Record<Exclude<PrintState, EndedPrintState>, (printing: Printing, job: PrintJobRow) => Promise<PrintJobRow>>> = {
  queued: create,
  creating: beginAgain,
  sending: ask,
  printing: ask,
};

/** For a case that is over nothing is printed. The card is drawn first: what cannot be drawn leaves the printer alone. Its number of the job is saved before the card is sent. */
async function create(printing: Printing, job: PrintJobRow): Promise<PrintJobRow> {
  if ((await orphanedPrintJobs(printing.orm.em.fork(), job.id)).length > 0) return save(printing, job, caseOver);
  const pdf = await printing.artworkOf(job.person);
  const creating = await save(printing, job, { state: 'creating' });
  if (creating.state !== 'creating') return creating;
  const printerJobId = await createJob(printing.printer, jobName(job));
  const sending = await save(printing, creating, { state: 'sending', printerJobId });
  return sending.printerJobId === printerJobId ? send(printing, sending, pdf) : sending;
}

export const caseOver = { state: 'failed', error: 'CaseOver' } as const;

/** No card was sent yet. A job the printer may have made is taken away, for it would keep the printer waiting for its card. */
async function beginAgain({ printer, ...printing }: Printing, job: PrintJobRow): Promise<PrintJobRow> {
  for (const stray of await findJobs(printer, jobName(job))) await cancelJob(printer, stray);
  return save(printing, job, { state: 'queued', printerJobId: null });
}

/** If the printer refuses, it may have the card already: asked before anything else is concluded. */
async function send(printing: Printing, job: PrintJobRow, pdf: Buffer): Promise<PrintJobRow> {
  try {
    await sendCard(printing.printer, job.printerJobId ?? 0, pdf);
  } catch (error) {
    if (!(error instanceof PrinterError) || error.name === 'PrinterUnreachable') throw error;
    const seen = await askJob(printing.printer, job.printerJobId ?? 0, jobName(job));
    if (seen.is === 'waiting') throw error;
  }
  return save(printing, job, { state: 'printing' });
}

const ends: Readonly<Partial<Record<JobSeen['is'], EndedPrintState>>> = {
  completed: 'printed',
  canceled: 'failed',
  aborted: 'failed',
  forgotten: 'unknown',
};

async function ask(printing: Printing, job: PrintJobRow): Promise<PrintJobRow> {
  const { printer, pollMs, stopping } = printing;
  const seen = await askJob(printer, job.printerJobId ?? 0, jobName(job));
  const state = ends[seen.is];
  if (state) return save(printing, job, { state, error: state === 'printed' ? null : errorIn(seen) });
  if (seen.is === 'waiting') return send(printing, job, await printing.artworkOf(job.person));
  if (seen.is === 'stopped') throw new PrinterError('PrinterStopped', printer.id, seen.reasons[0] ?? 'stopped');
  if (job.state === 'sending') return save(printing, job, { state: 'printing' });
  await pause(pollMs, undefined, { signal: stopping }).catch(() => {});
  return job;
}

const errorIn = (seen: JobSeen): string => ('reasons' in seen && seen.reasons[0]) || `job-${seen.is}`;

/** @returns the job as it is now, whoever moved it */
async function save(
  { orm }: Pick<Printing, 'orm'>,
  job: PrintJobRow,
  to: { state: PrintState; printerJobId?: number | null; error?: string | null },
): Promise<PrintJobRow> {
  const em = orm.em.fork();
  await recordPrintStep(em, job, to);
  return findPrintJob(em, job.id);
}
