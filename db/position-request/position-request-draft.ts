/** What somebody is about to ask for, until they have checked it. Nobody but them sees it, and it is gone after a day. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';

const schema = defineEntity({
  name: 'PositionRequestDraftRow',
  tableName: 'position_request_draft',
  properties: {
    id: p.uuid().primary(),
    asker: p.uuid(),
    person: p.uuid(),
    organisation: p.string(),
    position: p.uuid(),
    startsOn: p.date(),
    endsOn: p.date().nullable(),
    why: p.text(),
    expiresAt: p.datetime(),
  },
});

export class PositionRequestDraftRow extends schema.class {}
schema.setClass(PositionRequestDraftRow);

export interface Draft {
  id: string;
  asker: string;
  person: string;
  organisation: string;
  position: string;
  startsOn: string;
  endsOn: string | null;
  why: string;
}
const dayMs = 86_400_000;

/** Under an id made of the form's key, so that pressing twice leaves one. Drafts whose day is over go with it. No audit: nothing has happened yet. */
export async function recordDraft(em: EntityManager, draft: Draft): Promise<void> {
  await em.nativeDelete(PositionRequestDraftRow, { expiresAt: { $lt: new Date() } });
  await em.upsert(PositionRequestDraftRow, { ...draft, expiresAt: new Date(Date.now() + dayMs) });
}

/** @throws {Refusal} NOT_FOUND if it is not this asker's, or its day is over */
export async function findDraft(em: EntityManager, id: string, asker: string): Promise<Draft> {
  const row = await em.findOne(PositionRequestDraftRow, { id, asker, expiresAt: { $gt: new Date() } }, { refresh: true });
  if (!row) throw nothingHere();
  const { person, organisation, position, startsOn, endsOn, why } = row;
  return { id, asker, person, organisation, position, startsOn, endsOn: endsOn ?? null, why };
}
