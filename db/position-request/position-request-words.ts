/**
 * What people write about a request: why, a question, an answer, a reason. It may name somebody, so only its id leaves this database.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';

const schema = defineEntity({
  name: 'PositionRequestWordsRow',
  tableName: 'position_request_words',
  properties: { id: p.uuid().primary(), request: p.uuid(), words: p.text() },
});

export class PositionRequestWordsRow extends schema.class {}
schema.setClass(PositionRequestWordsRow);

/** Before the change that speaks of them. Sent again with the same id, the first words stay: what other words then mean, the change's own key judges. */
export async function recordWords(em: EntityManager, given: { id: string; request: string; words: string }): Promise<string> {
  await em.createQueryBuilder(PositionRequestWordsRow).insert(given).onConflict('id').ignore().execute('run');
  return given.id;
}

/** All words about one request, by id. */
export async function wordsAbout(em: EntityManager, request: string): Promise<Record<string, string>> {
  const rows = await em.find(PositionRequestWordsRow, { request });
  return Object.fromEntries(rows.map(({ id, words }) => [id, words]));
}
