import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';

const schema = defineEntity({
  name: 'PositionRow',
  tableName: 'position',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    name: p.string(),
    /** What access it gives, in plain words: what a sponsor reads. */
    words: p.string(),
    /** R code. */
    jobRole: p.string(),
    /** B codes, and local L codes. */
    activities: p.array(),
    workgroups: p.array(),
    areasOfWork: p.array(),
    closedAt: p.datetime().nullable(),
  },
});

export class PositionRow extends schema.class {}
schema.setClass(PositionRow);

/** @throws {Refusal} NOT_FOUND if there is none, or it is closed */
export async function findPosition(em: EntityManager, id: string): Promise<PositionRow> {
  const row = await em.findOne(PositionRow, { id, closedAt: null });
  if (!row) throw nothingHere();
  return row;
}

/** @throws {Refusal} NOT_FOUND. For what was asked for when it was open. */
export async function findPositionEvenClosed(em: EntityManager, id: string): Promise<PositionRow> {
  const row = await em.findOne(PositionRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** Whether it can be asked for at this organisation now. */
export const isPositionOf = async (em: EntityManager, id: string, organisation: string): Promise<boolean> =>
  (await em.count(PositionRow, { id, organisation, closedAt: null })) > 0;

export const positionsOf = (em: EntityManager, organisation: string): Promise<PositionRow[]> =>
  em.find(PositionRow, { organisation, closedAt: null }, { orderBy: { name: 1 } });
