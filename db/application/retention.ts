/**
 * Deleting what is kept no longer. Each application is its own transaction with its own audit record, so that one that fails
 * holds up no other, and running again takes up what is left.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { PhotoStore } from '../../adapters/photo-store.ts';
import type { Due } from '../../domain/retention.ts';
import { ApplicationRow, audit } from './application.ts';
import { ApplicationLinkRow } from './application-link.ts';
import type { Cause } from '../audit.ts';
import { EmailCodeRow } from './email-code.ts';
import { DocumentRow } from './evidence.ts';
import { InvitationRow } from './invitation.ts';
import { PersonRow } from '../person/person.ts';
import { deletePhotos, PhotoRow } from './photo.ts';

/** Applications that something is due of, the longest due first. */
export async function findDue(em: EntityManager, { removes, states, before }: Due, limit: number): Promise<string[]> {
  const left =
    removes === 'everything'
      ? `a.removed_at is null`
      : `(exists (select 1 from document d where d.application = a.id and d.removed_at is null)
          or exists (select 1 from photo p where p.application = a.id))`;
  const rows = await em.execute<Array<{ id: string }>>(
    `select a.id from application a where a.state in (:states) and a.changed_at < :before and ${left} order by a.changed_at limit :limit`,
    { states: [...states], before, limit },
  );
  return rows.map(({ id }) => id);
}

/** Deletes what is due of one application, unless it was changed since or somebody else is at it. @returns whether it did */
export async function recordRemoved(em: EntityManager, id: string, due: Due, photos: PhotoStore, cause: Cause): Promise<boolean> {
  const [held] = await em.execute<unknown[]>(
    `select 1 from application where id = :id and state in (:states) and changed_at < :before for update skip locked`,
    { id, states: [...due.states], before: due.before },
  );
  if (!held) return false;
  const row = await em.findOneOrFail(ApplicationRow, { id }, { refresh: true });
  const removed =
    due.removes === 'everything' ? await removeEverything(em, row, photos, cause) : await removeEvidence(em, id, photos, cause);
  const detail = { state: row.state, documents: String(removed.documents), photographs: String(removed.photographs) };
  await audit(em, `remove-${due.removes}`, row, { ...cause, id: `${cause.id}/${id}` }, detail);
  return true;
}

interface Removed {
  documents: number;
  photographs: number;
}

/** Type, number and outcome of a document stay. What a checker found on it, and its photographs, go; so does the face, unless it became a person's. */
async function removeEvidence(em: EntityManager, application: string, store: PhotoStore, { at }: Cause): Promise<Removed> {
  const photographs = await removePhotos(em, application, store);
  const documents = await em.nativeUpdate(
    DocumentRow,
    { application, removedAt: null },
    { issuer: null, issuedOn: null, expiresOn: null, photos: [], removedAt: at },
  );
  await em.execute(`delete from identity_answer where application = :application`, { application });
  await em.execute(
    `update application set staged_photo = null, photo = (select id from photo where id = application.photo) where id = :application`,
    { application },
  );
  return { documents, photographs };
}

async function removePhotos(em: EntityManager, application: string, store: PhotoStore): Promise<number> {
  const ids = (await em.find(PhotoRow, { application }, { fields: ['id'] })).map(({ id }) => id);
  const kept = (await em.find(PersonRow, { photo: { $in: ids } }, { fields: ['photo'] })).flatMap(({ photo }) => photo ?? []);
  await em.nativeUpdate(PhotoRow, { id: { $in: kept } }, { application: null });
  const gone = ids.filter((id) => !kept.includes(id));
  await deletePhotos(em, gone, store);
  return gone.length;
}

const nothing = {
  session: null,
  givenName: null,
  middleNames: null,
  familyName: null,
  dateOfBirth: null,
  nationalInsuranceNumber: null,
  noNumberReason: null,
  email: null,
  emailConfirmedAt: null,
  mobile: null,
  job: null,
  photo: null,
  stagedPhoto: null,
  asked: null,
};

/** Of a draft nothing stays. Of what was sent in stays that it was: reference, states and days. */
async function removeEverything(em: EntityManager, row: ApplicationRow, store: PhotoStore, { at }: Cause): Promise<Removed> {
  const application = row.id;
  const photographs = await removePhotos(em, application, store);
  const documents = await em.nativeDelete(DocumentRow, { application });
  await em.nativeDelete(ApplicationLinkRow, { application });
  await em.nativeDelete(EmailCodeRow, { application });
  for (const table of ['identity_answer', 'fraud_answer', 'fraud_question', 'identity_check']) {
    await em.execute(`delete from ${table} where application = :application`, { application });
  }
  await em.execute(`update identity_decision set words = null where application = :application`, { application });
  if (row.state === 'draft') await em.nativeDelete(ApplicationRow, { id: application });
  else await em.nativeUpdate(ApplicationRow, { id: application }, { ...nothing, removedAt: at });
  return { documents, photographs };
}

/** Forgets where invitations went that nobody can use any more. @returns how many */
export const forgetInvitations = (em: EntityManager, before: Date): Promise<number> =>
  em.nativeUpdate(
    InvitationRow,
    { email: { $ne: null }, $or: [{ usedAt: { $lt: before } }, { endedAt: { $lt: before } }, { expiresAt: { $lt: before } }] },
    { email: null },
  );
