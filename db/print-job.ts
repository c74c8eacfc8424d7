/**
 * One card to be printed once. The row is the truth; the lane carries its id (workers/jobs/print.ts).
 * A row that left `queued` is never printed from the beginning again by itself.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type PrintState, printStates } from '../domain/print-job.ts';
import { nothingHere } from '../domain/refusal.ts';
import { type Cause, recordAudit } from './audit.ts';

const schema = defineEntity({
  name: 'PrintJobRow',
  tableName: 'print_job',
  properties: {
    id: p.uuid().primary(),
    printer: p.uuid(),
    organisation: p.string(),
    /** <kind>/<id> of the case it belongs to. */
    caseId: p.string(),
    /** Which print of the case it is: with the case it names the job at the printer. */
    step: p.string(),
    person: p.uuid(),
    state: p.enum(printStates),
    /** What the printer calls it, once it has said so. */
    printerJobId: p.integer().nullable(),
    attempts: p.integer().default(0),
    /** The class of the last error; never its message. */
    error: p.string().nullable(),
    queuedAt: p.datetime(),
    changedAt: p.datetime(),
  },
});

export class PrintJobRow extends schema.class {}
schema.setClass(PrintJobRow);

export type AskedPrint = Pick<PrintJobRow, 'id' | 'printer' | 'organisation' | 'caseId' | 'step' | 'person'>;

/** Asks for a card to be printed, in the caller's transaction. The same id, or the same step of a case, asks once. */
export async function recordPrintJob(em: EntityManager, asked: AskedPrint, cause: Cause): Promise<void> {
  const row = { ...asked, state: 'queued' as const, queuedAt: cause.at, changedAt: cause.at };
  await em.createQueryBuilder(PrintJobRow).insert(row).onConflict().ignore().execute('run');
  const { id, organisation, printer, step } = asked;
  await recordAudit(
    em,
    cause,
    { what: 'print-job.queue', subjectKind: 'print-job', subjectId: id, organisation, detail: { printer, step } },
    printRecord,
  );
}

/** Tells its audit record from those its cause leaves besides. */
const printRecord = 90;

/** @throws {Refusal} NOT_FOUND */
export async function findPrintJob(em: EntityManager, id: string): Promise<PrintJobRow> {
  const row = await em.findOne(PrintJobRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/**
 * Moves a job on, with its audit record. Only from the state it was seen in: of two workers that hold one job, one goes on.
 *
 * @returns false if it has moved on meanwhile
 */
export async function recordPrintStep(
  em: EntityManager,
  job: PrintJobRow,
  to: { state: PrintState; printerJobId?: number | null; error?: string | null },
): Promise<boolean> {
  const at = new Date();
  return em.transactional(async (tx) => {
    const moved = await tx.nativeUpdate(PrintJobRow, { id: job.id, state: job.state }, { error: null, ...to, changedAt: at });
    if (moved === 0) return false;
    const cause: Cause = { id: `print-job/${job.id}/${job.attempts}/${to.state}`, at, who: 'system', via: 'job', caseId: job.caseId };
    const detail = {
      printer: job.printer,
      step: job.step,
      ...(to.printerJobId && { printerJobId: String(to.printerJobId) }),
      ...(to.error && { error: to.error }),
    };
    await recordAudit(tx, cause, {
      what: `print-job.${to.state}`,
      subjectKind: 'print-job',
      subjectId: job.id,
      organisation: job.organisation,
      detail,
    });
    return true;
  });
}
