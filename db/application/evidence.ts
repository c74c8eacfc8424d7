/**
 * The documents an applicant showed. One is staged until it is sent in, with the application or later; from then on it does not change,
 * another may replace it. An ID checker sees those that were sent and not replaced (`sentDocuments`), with their version.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import type { DraftDocument } from '../../domain/application-answers.ts';
import { takesEvidence } from '../../domain/application.ts';
import type { DocumentDescription } from '../../domain/evidence.ts';
import type { DocumentType } from '../../domain/document-type.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type ApplicationRow, ApplicationRow as Row, asApplication, audit, lockApplication } from './application.ts';
import type { Cause } from '../audit.ts';

const schema = defineEntity({
  name: 'DocumentRow',
  tableName: 'document',
  properties: {
    id: p.uuid().primary(),
    application: p.uuid(),
    type: p.string().$type<DocumentType>(),
    number: p.string().nullable(),
    issuer: p.string().nullable(),
    issuedOn: p.date().nullable(),
    expiresOn: p.date().nullable(),
    /** Its details were given. */
    described: p.boolean().default(false),
    /** Ids of table photo, in the order of its sides or pages. */
    photos: p.array(),
    /** One more with each change of it. */
    version: p.integer().default(1),
    /** What its check found: written by whoever decides, and kept. */
    outcome: p.string().nullable(),
    madeAt: p.datetime(),
    /** Null while it is staged. */
    sentAt: p.datetime().nullable(),
    /** The document it takes the place of, once it is sent. */
    replaces: p.uuid().nullable(),
    /** When another took its place. */
    endedAt: p.datetime().nullable(),
    /** When its photographs were deleted. */
    removedAt: p.datetime().nullable(),
  },
});

export class DocumentRow extends schema.class {}
schema.setClass(DocumentRow);

/** As many photographs as any document has sides or pages worth showing. */
export const mostPhotos = 12;
const mostDocuments = 12;

/** Everything of an application that counts, or will with the next sending: in the order it was added. */
export const documentsOf = (em: EntityManager, application: string): Promise<DocumentRow[]> =>
  em.find(DocumentRow, { application, endedAt: null }, { orderBy: { madeAt: 1, id: 1 }, refresh: true });

/** What an ID checker sees. */
export const sentDocuments = (em: EntityManager, application: string): Promise<DocumentRow[]> =>
  em.find(DocumentRow, { application, endedAt: null, sentAt: { $ne: null } }, { orderBy: { madeAt: 1, id: 1 }, refresh: true });

/** @throws {Refusal} NOT_FOUND if it is not of this application, or was sent in */
export async function findStagedDocument(em: EntityManager, application: string, id: string): Promise<DocumentRow> {
  const row = await em.findOne(DocumentRow, { id, application, sentAt: null, endedAt: null }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

export const asDraft = ({ type, described, photos }: DocumentRow): DraftDocument => ({ type, described, photographs: photos.length });

/** Locks the application for a change of its staged evidence. @throws {Refusal} WRONG_STATE once it is over */
async function lockOpen(em: EntityManager, application: string): Promise<ApplicationRow> {
  const row = await lockApplication(em, application);
  if (!takesEvidence(row.state)) throw new Refusal('WRONG_STATE', 'Nothing can be added to this application now', { state: row.state });
  return row;
}

/** A staged change lets a draft live longer; it is no change of the application once that was sent in. */
async function touch(em: EntityManager, row: ApplicationRow, what: string, cause: Cause, detail: Record<string, string>): Promise<void> {
  if (row.state === 'draft') await em.nativeUpdate(Row, { id: row.id }, { changedAt: cause.at });
  await audit(em, what, row, cause, detail);
}

/** @throws {Refusal} WRONG_STATE; INVALID if there are too many */
export async function recordDocument(
  em: EntityManager,
  { id, application, type, replaces }: { id: string; application: string; type: DocumentType; replaces: string | null },
  cause: Cause,
): Promise<void> {
  const row = await lockOpen(em, application);
  if ((await documentsOf(em, application)).length >= mostDocuments)
    throw new Refusal('INVALID', `You can add ${mostDocuments} documents. Remove one before you add another`, { type });
  if (replaces && (await em.count(DocumentRow, { id: replaces, application, sentAt: { $ne: null }, endedAt: null })) === 0)
    throw nothingHere();
  await em.insert(DocumentRow, { id, application, type, replaces, photos: [], madeAt: cause.at });
  await touch(em, row, 'add-document', cause, { document: id, type });
}

/** Changes a staged document. */
async function change(
  em: EntityManager,
  what: string,
  { id, application }: Pick<DocumentRow, 'id' | 'application'>,
  values: (row: DocumentRow) => Partial<DocumentRow>,
  cause: Cause,
  detail: Record<string, string> = {},
): Promise<void> {
  const row = await lockOpen(em, application);
  const document = await findStagedDocument(em, application, id);
  await em.nativeUpdate(DocumentRow, { id }, { ...values(document), version: document.version + 1 });
  await touch(em, row, what, cause, { document: id, ...detail });
}

type Which = Pick<DocumentRow, 'id' | 'application'>;

export const recordDescription = (em: EntityManager, of: Which, description: Omit<DocumentDescription, 'type'>, cause: Cause) =>
  change(em, 'describe-document', of, () => ({ ...description, described: true }), cause);

/** @throws {Refusal} INVALID if there would be too many */
export const recordDocumentPhotos = (em: EntityManager, of: Which, added: readonly string[], cause: Cause) =>
  change(
    em,
    'add-photographs',
    of,
    ({ photos }) => {
      if (photos.length + added.length > mostPhotos)
        throw new Refusal('INVALID', `You can add ${mostPhotos} photographs of one document. Remove one, or choose fewer files`, {
          photographs: 'too many',
        });
      return { photos: [...photos, ...added] };
    },
    cause,
    { photographs: added.join(' ') },
  );

export const recordPhotoRemoved = (em: EntityManager, of: Which, photo: string, cause: Cause) =>
  change(em, 'remove-photograph', of, ({ photos }) => ({ photos: photos.filter((each) => each !== photo) }), cause, { photo });

/** A staged document goes, and nothing of it stays. @returns the photographs it had */
export async function recordDocumentRemoved(em: EntityManager, { id, application }: Which, cause: Cause): Promise<string[]> {
  const row = await lockOpen(em, application);
  const { photos } = await findStagedDocument(em, application, id);
  await em.nativeDelete(DocumentRow, { id });
  await touch(em, row, 'remove-document', cause, { document: id });
  return photos;
}

/** @returns the photograph it takes the place of, if that was staged too */
export async function recordOwnPhoto(em: EntityManager, application: string, photo: string, cause: Cause): Promise<string | null> {
  const row = await lockOpen(em, application);
  await em.nativeUpdate(Row, { id: application }, { stagedPhoto: photo });
  await touch(em, row, 'photograph', cause, { photo });
  return row.stagedPhoto ?? null;
}

/** Whether anything waits to be sent. */
export const isStaged = (row: Pick<ApplicationRow, 'stagedPhoto'>, documents: readonly DocumentRow[]): boolean =>
  Boolean(row.stagedPhoto) || documents.some(({ sentAt }) => !sentAt);

/**
 * Sends in what is staged, in the transaction of its workflow's change.
 *
 * @returns the values of the application that go with it
 * @throws {Refusal} INVALID if there is nothing, or a document is not finished
 */
export async function recordSent(em: EntityManager, row: ApplicationRow, cause: Cause): Promise<Partial<ApplicationRow>> {
  const staged = (await documentsOf(em, row.id)).filter(({ sentAt }) => !sentAt);
  if (staged.length === 0 && !row.stagedPhoto)
    throw new Refusal('INVALID', 'Add a document or a photograph before you send', { add: 'none' });
  if (staged.some(({ described, photos }) => !described || photos.length === 0))
    throw new Refusal('INVALID', 'Finish the documents you began, or remove them', { documents: 'unfinished' });
  const replaced = staged.flatMap(({ replaces }) => (replaces ? [replaces] : []));
  await em.nativeUpdate(DocumentRow, { id: { $in: replaced }, endedAt: null }, { endedAt: cause.at });
  await em.nativeUpdate(DocumentRow, { id: { $in: staged.map(({ id }) => id) } }, { sentAt: cause.at });
  const photo = row.stagedPhoto ? { photo: row.stagedPhoto, stagedPhoto: null } : {};
  return { ...photo, evidenceVersion: asApplication(row).evidenceVersion + 1 };
}

/** Whether a photograph was sent in: of the person, or of a document, one that another replaced included. */
export async function isSentPhoto(em: EntityManager, application: string, photo: string): Promise<boolean> {
  const documents = await em.find(DocumentRow, { application, sentAt: { $ne: null } }, { fields: ['photos'] });
  return documents.some(({ photos }) => photos.includes(photo)) || (await em.count(Row, { id: application, photo })) > 0;
}
