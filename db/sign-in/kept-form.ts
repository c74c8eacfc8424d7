/** What somebody typed while their session ended, sealed: theirs again after they sign in, gone after a day. */
import { randomUUID } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';
import { seal, unseal } from '../seal.ts';

const schema = defineEntity({
  name: 'KeptFormRow',
  tableName: 'kept_form',
  properties: { id: p.uuid().primary(), person: p.uuid(), sealed: p.blob(), keptAt: p.datetime() },
});

export class KeptFormRow extends schema.class {}
schema.setClass(KeptFormRow);

const aDayMs = 24 * 60 * 60 * 1000;

export interface KeptForm {
  action: string;
  fields: Record<string, unknown>;
}

/** @returns its id */
export async function keepForm(em: EntityManager, key: Uint8Array, person: string, form: KeptForm): Promise<string> {
  const id = randomUUID();
  await em.nativeDelete(KeptFormRow, { keptAt: { $lt: new Date(Date.now() - aDayMs) } });
  await em.insert(KeptFormRow, { id, person, sealed: seal(key, `kept-form/${id}`, JSON.stringify(form)), keptAt: new Date() });
  return id;
}

/** @throws {Refusal} NOT_FOUND if it is not this person's */
export async function findKeptForm(em: EntityManager, key: Uint8Array, person: string, id: string): Promise<KeptForm> {
  const row = await em.findOne(KeptFormRow, { id, person });
  if (!row) throw nothingHere();
  return JSON.parse(unseal(key, `kept-form/${id}`, row.sealed).toString()) as KeptForm;
}
