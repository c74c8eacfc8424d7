/** Several requests decided with one press: each line is decided by its own command under its own key, and keeps what came of it. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';

export const decisions = ['approve', 'reject', 'send-back'] as const;
export const lineOutcomes = ['not-saved', 'saving', 'saved', 'refused'] as const;

const batch = defineEntity({
  name: 'PositionDecisionBatchRow',
  tableName: 'position_decision_batch',
  properties: {
    id: p.uuid().primary(),
    decider: p.uuid(),
    decision: p.enum(decisions),
    endsOn: p.date().nullable(),
    words: p.text().nullable(),
    at: p.datetime(),
  },
});

export class PositionDecisionBatchRow extends batch.class {}
batch.setClass(PositionDecisionBatchRow);

const line = defineEntity({
  name: 'PositionDecisionLineRow',
  tableName: 'position_decision_line',
  properties: {
    batch: p.uuid().primary(),
    request: p.uuid().primary(),
    /** Its place on the page it was chosen from. */
    place: p.integer(),
    outcome: p.enum(lineOutcomes),
    /** Of the refusal. */
    code: p.string().nullable(),
    message: p.string().nullable(),
  },
});

export class PositionDecisionLineRow extends line.class {}
line.setClass(PositionDecisionLineRow);

export type Batch = Omit<PositionDecisionBatchRow, 'at'>;
export type Line = PositionDecisionLineRow;

/** Sent again with the same id, what is there stays. No audit: each decision leaves its own. */
export async function recordBatch(em: EntityManager, given: Batch, requests: readonly string[]): Promise<void> {
  const lines = requests.map((request, place) => ({
    batch: given.id,
    request,
    place,
    outcome: 'not-saved' as const,
    code: null,
    message: null,
  }));
  await em.transactional(async (tx) => {
    await tx
      .createQueryBuilder(PositionDecisionBatchRow)
      .insert({ ...given, at: new Date() })
      .onConflict('id')
      .ignore()
      .execute('run');
    await tx.createQueryBuilder(PositionDecisionLineRow).insert(lines).onConflict(['batch', 'request']).ignore().execute('run');
  });
}

/** @throws {Refusal} NOT_FOUND if it is not this decider's */
export async function findBatch(
  em: EntityManager,
  id: string,
  decider: string,
): Promise<{ batch: PositionDecisionBatchRow; lines: Line[] }> {
  const found = await em.findOne(PositionDecisionBatchRow, { id, decider }, { refresh: true });
  if (!found) throw nothingHere();
  return { batch: found, lines: await em.find(PositionDecisionLineRow, { batch: id }, { orderBy: { place: 1 }, refresh: true }) };
}

/** What came of one line. A line that is saved or refused stays so: its key gives the same answer for ever. */
export async function recordLine(
  em: EntityManager,
  { batch: id, request }: Pick<Line, 'batch' | 'request'>,
  came: Pick<Line, 'outcome'> & Partial<Pick<Line, 'code' | 'message'>>,
): Promise<void> {
  await em.nativeUpdate(PositionDecisionLineRow, { batch: id, request, outcome: { $in: ['not-saved', 'saving'] } }, came);
}
