/** What visitors without an account used of their allowance, hour by hour. Of an address only a keyed hash is kept, and that for a day. */
import { createHmac } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Counted, hourOf } from '../domain/allowance.ts';

const schema = defineEntity({
  name: 'AllowanceUsedRow',
  tableName: 'allowance_used',
  properties: { hour: p.datetime().primary(), what: p.string().primary(), whose: p.string().primary(), used: p.integer() },
});

export class AllowanceUsedRow extends schema.class {}
schema.setClass(AllowanceUsedRow);

const keptMs = 24 * 60 * 60 * 1000;

export interface Use {
  what: Counted;
  /** A visitor's id, or the network they come from. */
  whose: string;
  times: number;
  at: Date;
}

/** Counts at once, whatever becomes of what it is counted for. @returns how much was used in this hour, with this */
export async function recordUse(em: EntityManager, key: Uint8Array, { what, whose, times, at }: Use): Promise<number> {
  const hour = hourOf(at);
  const [row] = await em.execute<Array<{ used: number }>>(
    `insert into allowance_used as a (hour, what, whose, used) values (:hour, :what, :whose, :times)
     on conflict (hour, what, whose) do update set used = a.used + excluded.used returning used`,
    { hour, what, whose: createHmac('sha256', key).update(`allowance/${whose}`).digest('base64url'), times },
  );
  const used = row?.used ?? times;
  if (used === times) await forgetBefore(em, new Date(at.getTime() - keptMs));
  return used;
}

/** Several may do so at once: each takes what no other holds. */
const forgetBefore = (em: EntityManager, before: Date) =>
  em.execute(
    `delete from allowance_used where ctid in (select ctid from allowance_used where hour < :before limit 1000 for update skip locked)`,
    { before },
  );
