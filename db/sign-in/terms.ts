/** The terms a card's holder accepts, in versions: a new one is asked at the next sign-in. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Cause, recordAudit } from '../audit.ts';
import { PersonRow } from '../person/person.ts';

const schema = defineEntity({
  name: 'TermsRow',
  tableName: 'terms',
  properties: {
    version: p.integer().primary(),
    /** One sentence a line. */
    words: p.text(),
    from: p.datetime(),
  },
});

export class TermsRow extends schema.class {}
schema.setClass(TermsRow);

/** The version in force. */
export async function currentTerms(em: EntityManager): Promise<{ version: number; sentences: string[] }> {
  const [row] = await em.find(TermsRow, { from: { $lte: new Date() } }, { orderBy: { version: -1 }, limit: 1, refresh: true });
  if (!row) throw new Error('There are no terms in force');
  return { version: row.version, sentences: row.words.split('\n') };
}

/** The person accepted this version of the terms. Again is nothing new. */
export async function recordTermsAccepted(
  em: EntityManager,
  cause: Cause,
  { person, organisation, version }: { person: string; organisation: string; version: number },
): Promise<void> {
  await em.nativeUpdate(PersonRow, { id: person }, { termsVersion: version });
  const detail = { version: String(version) };
  await recordAudit(em, cause, { what: 'terms.accept', subjectKind: 'person', subjectId: person, organisation, detail });
}
