/**
 * A card printer, over IPP (RFC 8011). A job is made first and its number kept before the card is sent, so that after a crash
 * the printer can be asked what became of it.
 */
import type { Answer } from 'ipp';
import { call, IppRefusal, type PrinterAddress, uriOf } from './card-printer/call.ts';

export { PrinterError, type PrinterErrorClass } from './card-printer/error.ts';
export type { PrinterAddress } from './card-printer/call.ts';

/** waiting: made, and no card has come yet · working: it has the card · forgotten: it knows no such job (any more) */
export type JobSeen =
  { is: 'waiting' | 'working' | 'stopped' | 'completed' | 'canceled' | 'aborted'; reasons: string[] } | { is: 'forgotten' };

export interface PrinterSeen {
  state: 'idle' | 'processing' | 'stopped';
  /** Keywords such as media-empty; none when all is well. */
  reasons: string[];
}

const user = 'care-identity-service';
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(text).filter((word) => word && word !== 'none');

const attributes = (printer: PrinterAddress, more: Record<string, string | number | boolean | string[]> = {}) => ({
  'operation-attributes-tag': {
    'attributes-charset': 'utf-8',
    'attributes-natural-language': 'en',
    'printer-uri': uriOf(printer),
    ...more,
  },
});

/** @throws {PrinterError} */
export async function askPrinter(printer: PrinterAddress): Promise<PrinterSeen> {
  const answer = await call(printer, {
    operation: 'Get-Printer-Attributes',
    ...attributes(printer, { 'requested-attributes': ['printer-state', 'printer-state-reasons'] }),
  });
  const said = answer['printer-attributes-tag'] ?? {};
  const state = text(said['printer-state']);
  return { state: state === 'stopped' || state === 'processing' ? state : 'idle', reasons: listOf(said['printer-state-reasons']) };
}

/**
 * Makes a job without a card: nothing is printed yet.
 *
 * @param name names the case and the step, for whoever stands at the printer: ids only
 * @returns what the printer calls it
 * @throws {PrinterError}
 */
export async function createJob(printer: PrinterAddress, name: string): Promise<number> {
  const answer = await call(printer, {
    operation: 'Create-Job',
    ...attributes(printer, { 'requesting-user-name': user, 'job-name': name }),
  });
  return jobIdIn(answer, printer);
}

function jobIdIn(answer: Answer, printer: PrinterAddress): number {
  const id = jobsIn(answer)[0]?.['job-id'];
  if (typeof id !== 'number') throw new IppRefusal(printer.id, 'no job-id');
  return id;
}

/** Sends the card of a job made before: the printer takes one document a job, so a second sending prints nothing. @throws {PrinterError} */
export async function sendCard(printer: PrinterAddress, jobId: number, pdf: Buffer): Promise<void> {
  await call(printer, {
    operation: 'Send-Document',
    ...attributes(printer, { 'job-id': jobId, 'requesting-user-name': user, 'document-format': 'application/pdf', 'last-document': true }),
    data: pdf,
  });
}

/**
 * What became of a job. A printer that was switched off counts from 1 again: another job under the same number is not ours.
 *
 * @throws {PrinterError} if the printer cannot be asked
 */
export async function askJob(printer: PrinterAddress, jobId: number, name: string): Promise<JobSeen> {
  try {
    const answer = await call(printer, {
      operation: 'Get-Job-Attributes',
      ...attributes(printer, {
        'job-id': jobId,
        'requesting-user-name': user,
        'requested-attributes': ['job-id', 'job-name', 'job-state', 'job-state-reasons'],
      }),
    });
    const job = jobsIn(answer)[0] ?? {};
    return text(job['job-name']) === name ? seenIn(job) : { is: 'forgotten' };
  } catch (error) {
    if (error instanceof IppRefusal && /^client-error-(not-found|gone)$/.test(error.status)) return { is: 'forgotten' };
    throw error;
  }
}

/** RFC 8011, section 5.3.7. A job that waits for its document is held, or pending with the reason job-incoming. */
function seenIn(job: Record<string, unknown>): JobSeen {
  const reasons = listOf(job['job-state-reasons']);
  switch (text(job['job-state'])) {
    case 'completed':
    case 'canceled':
    case 'aborted':
      return { is: text(job['job-state']) as 'completed', reasons };
    case 'processing-stopped':
      return { is: 'stopped', reasons };
    case 'pending-held':
      return { is: 'waiting', reasons };
    case 'pending':
      return { is: reasons.includes('job-incoming') ? 'waiting' : 'working', reasons };
    default:
      return { is: 'working', reasons };
  }
}

/** The jobs not yet ended that were made under a name: what a crash between Create-Job and keeping its number leaves. @throws {PrinterError} */
export async function findJobs(printer: PrinterAddress, name: string): Promise<number[]> {
  const answer = await call(printer, {
    operation: 'Get-Jobs',
    ...attributes(printer, {
      'requesting-user-name': user,
      'which-jobs': 'not-completed',
      'requested-attributes': ['job-id', 'job-name', 'job-state'],
    }),
  });
  return jobsIn(answer)
    .filter((job) => text(job['job-name']) === name)
    .map((job) => Number(job['job-id']));
}

/** Cancels a job; one that has ended or is unknown is left as it is. @throws {PrinterError} */
export async function cancelJob(printer: PrinterAddress, jobId: number): Promise<void> {
  try {
    await call(printer, { operation: 'Cancel-Job', ...attributes(printer, { 'job-id': jobId, 'requesting-user-name': user }) });
  } catch (error) {
    if (!(error instanceof IppRefusal && /^client-error-(not-found|gone|not-possible)$/.test(error.status))) throw error;
  }
}

function jobsIn(answer: Answer): Array<Record<string, unknown>> {
  const jobs = answer['job-attributes-tag'] ?? [];
  return Array.isArray(jobs) ? jobs : [jobs];
}
