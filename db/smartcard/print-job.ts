/**
 * One card to be printed once. The row is the truth; the lane carries its id (workers/jobs/print.ts).
 * A row that left `queued` is never printed from the beginning again by itself.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type PrintState, printStates } from '../../domain/print-job.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';

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
    /** Tries that failed. */
    attempts: p.integer().default(0),
    /** The class of the last error; never its message. */
    error: p.string().nullable(),
    /** A lane has it in hand until then, and says so again and again while it works. */
    leasedUntil: p.datetime().nullable(),
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

/** @returns undefined if it is over, or another lane has it in hand */
export async function takePrintJob(em: EntityManager, id: string): Promise<PrintJobRow | undefined> {
  const taken = await em.execute<Array<{ id: string }>>(
    `update print_job set leased_until = now() + ${lease} where id = :id and ${isOpen} and (leased_until is null or leased_until < now())
     returning id`,
    { id },
  );
  return taken.length > 0 ? findPrintJob(em, id) : undefined;
}

/** Long enough for one silence of a printer and what is saved after it. */
const lease = `interval '30 seconds'`;
const isOpen = `state not in ('printed', 'failed', 'unknown')`;

export const keepPrintJob = (em: EntityManager, id: string): Promise<unknown> =>
  em.execute(`update print_job set leased_until = now() + ${lease} where id = :id`, { id });

/** Lets go of a job that could not be gone on with: whoever waits for it is told by `attempts` and the class of the error. */
export const recordPrintTried = (em: EntityManager, id: string, error: string | null): Promise<unknown> =>
  em.execute(
    `update print_job set leased_until = null, error = :error, attempts = attempts + case when :error::text is null then 0 else 1 end
     where id = :id and ${isOpen}`,
    { id, error },
  );

const caseIsOver = `not exists (
  select 1 from open_case c where c.kind = split_part(case_id, '/', 1) and c.id::text = split_part(case_id, '/', 2))`;

/** Jobs that nothing has gone to a printer of and that nobody waits for any more. */
export const orphanedPrintJobs = (em: EntityManager, id?: string): Promise<Array<Pick<PrintJobRow, 'id' | 'state'>>> =>
  em.execute<Array<Pick<PrintJobRow, 'id' | 'state'>>>(
    `select id, state from print_job where state = 'queued' and ${caseIsOver} ${id ? 'and id = :id' : ''}`,
    { id },
  );

/** Printers with cards to print: which lanes are needed. */
export async function busyPrinters(em: EntityManager): Promise<string[]> {
  const rows = await em.execute<Array<{ printer: string }>>(`select distinct printer from print_job where ${isOpen}`);
  return rows.map(({ printer }) => printer);
}

/**
 * Moves a job on, with its audit record, and only from the state it was seen in: of two lanes that hold one job, one goes on.
 *
 * @returns false if it has moved on meanwhile
 */
export async function recordPrintStep(
  em: EntityManager,
  { id, state: from }: Pick<PrintJobRow, 'id' | 'state'>,
  to: { state: PrintState; printerJobId?: number | null; error?: string | null },
): Promise<boolean> {
  const at = new Date();
  return em.transactional(async (tx) => {
    const moved = await tx.nativeUpdate(PrintJobRow, { id, state: from }, { error: null, ...to, changedAt: at });
    if (moved === 0) return false;
    const job = await findPrintJob(tx, id);
    const cause: Cause = { id: `print-job/${id}/${to.state}`, at, who: 'system', via: 'job', caseId: job.caseId };
    const { printer, step, printerJobId, organisation } = job;
    const detail = { printer, step, ...(printerJobId && { printerJobId: String(printerJobId) }), ...(to.error && { error: to.error }) };
    await recordAudit(tx, cause, { what: `print-job.${to.state}`, subjectKind: 'print-job', subjectId: id, organisation, detail });
    return true;
  });
}
