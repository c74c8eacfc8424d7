import type { EntityManager } from '@mikro-orm/postgresql';
import { type Cause, recordAudit } from './audit.ts';
import { PersonRow } from './person.ts';

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
