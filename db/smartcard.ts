/** A smartcard: whose it is, whether it is good, and the secrets of its chip, sealed. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../domain/refusal.ts';

export const smartcardStates = ['issuing', 'active', 'locked', 'cancelled', 'lost', 'stolen', 'replaced'] as const;
export type SmartcardState = (typeof smartcardStates)[number];

const schema = defineEntity({
  name: 'SmartcardRow',
  tableName: 'smartcard',
  properties: {
    id: p.uuid().primary(),
    /** The chip's own number: used once. */
    serial: p.string(),
    person: p.uuid(),
    organisation: p.string(),
    state: p.enum(smartcardStates),
    issuedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    pukSealed: p.blob().nullable(),
    managementKeySealed: p.blob().nullable(),
    /** One more ends every session begun before with it. */
    generation: p.integer().default(1),
    createdAt: p.datetime(),
  },
});

export class SmartcardRow extends schema.class {}
schema.setClass(SmartcardRow);

/** @throws {Refusal} NOT_FOUND */
export async function findSmartcard(em: EntityManager, id: string): Promise<SmartcardRow> {
  const row = await em.findOne(SmartcardRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}
