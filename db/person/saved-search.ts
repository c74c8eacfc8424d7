/** What somebody looked for, under an id that says nothing: what is typed about people never stands in an address. */
import { randomUUID } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere, Refusal } from '../../domain/refusal.ts';

const schema = defineEntity({
  name: 'SavedSearchRow',
  tableName: 'saved_search',
  properties: { id: p.uuid().primary(), searcher: p.uuid(), text: p.text(), madeAt: p.datetime(), expiresAt: p.datetime() },
});

export class SavedSearchRow extends schema.class {}
schema.setClass(SavedSearchRow);

/** An hour: somebody comes back to the list after seeing to one person, and not tomorrow. */
const goodForMs = 60 * 60 * 1000;
/** For so long an expired one is known to have expired; then it is gone. */
const keptForMs = 24 * goodForMs;

/** Keeps a search. Those of anybody that ended a day ago go with it. */
export async function recordSavedSearch(em: EntityManager, searcher: string, text: string): Promise<string> {
  const now = Date.now();
  await em.nativeDelete(SavedSearchRow, { expiresAt: { $lt: new Date(now - keptForMs) } });
  const id = randomUUID();
  await em.insert(SavedSearchRow, { id, searcher, text, madeAt: new Date(now), expiresAt: new Date(now + goodForMs) });
  return id;
}

/** @throws {Refusal} NOT_FOUND if it is somebody else's; EXPIRED */
export async function findSavedSearch(em: EntityManager, id: string, searcher: string): Promise<SavedSearchRow> {
  const row = await em.findOne(SavedSearchRow, { id, searcher }, { refresh: true });
  if (!row) throw nothingHere();
  if (row.expiresAt <= new Date()) throw new Refusal('EXPIRED', 'This search is more than an hour old. Search again');
  return row;
}
