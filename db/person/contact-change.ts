import type { EntityManager } from '@mikro-orm/postgresql';
import { AuditRow } from '../audit.ts';

/** Everybody who changed a person's e-mail or telephone number since: what they were told, or a code, went where that person chose. */
export async function changedContactOf(em: EntityManager, person: string, since: Date): Promise<string[]> {
  const records = await em.find(AuditRow, { subjectKind: 'person', subjectId: person, what: 'person.change-contact', at: { $gt: since } });
  return [...new Set(records.map(({ who }) => who))];
}
