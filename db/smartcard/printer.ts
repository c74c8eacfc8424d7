import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';

/** As the printer says (RFC 8011, section 5.4.11), and when it does not answer. */
export const printerStates = ['idle', 'processing', 'stopped', 'unreachable'] as const;
export type PrinterState = (typeof printerStates)[number];

const schema = defineEntity({
  name: 'PrinterRow',
  tableName: 'printer',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    name: p.string(),
    /** Where it stands, in words: "Main reception". */
    location: p.string(),
    ippUrl: p.string(),
    /** What it said when it was last asked; null before the first time. */
    state: p.enum(printerStates).nullable(),
    /** Keywords of the printer, such as media-empty. */
    stateReasons: p.array(),
    askedAt: p.datetime().nullable(),
  },
});

export class PrinterRow extends schema.class {}
schema.setClass(PrinterRow);

/** @throws {Refusal} NOT_FOUND */
export async function findPrinter(em: EntityManager, id: string): Promise<PrinterRow> {
  const row = await em.findOne(PrinterRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** The printers an agent may choose from: those of the organisations given. */
export const printersOf = (em: EntityManager, organisations: readonly string[]): Promise<PrinterRow[]> =>
  em.find(PrinterRow, { organisation: { $in: [...organisations] } }, { orderBy: { location: 1, name: 1 } });

/** What a printer said of itself, for whoever chooses one. Not audited: it changes nothing. */
export async function recordPrinterState(em: EntityManager, id: string, said: { state: PrinterState; reasons: string[] }): Promise<void> {
  await em.nativeUpdate(PrinterRow, { id }, { state: said.state, stateReasons: said.reasons, askedAt: new Date() });
}
