/** Documents and photographs of an applicant: added, described, taken away. What is added after sending waits until `addEvidence`. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import {
  type DocumentRow,
  findStagedDocument,
  recordDescription,
  recordDocument,
  recordDocumentPhotos,
  recordDocumentRemoved,
  recordOwnPhoto,
  recordPhotoRemoved,
} from '../db/application/evidence.ts';
import { once } from '../db/idempotency.ts';
import { deletePhotos, insertPhotos, type NewPhoto } from '../db/application/photo.ts';
import { dayOf, londonDay } from '../domain/days.ts';
import { documentType, kindOf } from '../domain/document-type.ts';
import { type DocumentDescription, documentProblems } from '../domain/evidence.ts';
import { leastOwnPhoto, photoProblems } from '../domain/photo.ts';
import { Refusal } from '../domain/refusal.ts';
import { nextOf } from './application-draft.ts';
import { findOwn, type Own, ownCause } from './application.ts';
import type { Caller } from './caller.ts';
import { type Asking, command, type Upload, uuidFrom } from './command.ts';

type Asked = Asking<unknown, Own>;
const noInput = z.object({}).strict();

export const addDocument = command({
  name: 'application.add-document',
  permission: 'application.change',
  params: z.object({}),
  input: z
    .object({
      type: z.enum(documentType.options, 'Select which document you want to add'),
      replaces: z.uuid('Select which document it takes the place of').optional(),
    })
    .strict(),
  find: findOwn,
  async run({ em, ...asking }) {
    const { type, replaces = null } = asking.input;
    const id = uuidFrom(asking.key);
    const document = { id, application: asking.subject.row.id, type, replaces };
    return saved(em, asking, 'application.add-document', (tx, cause) => recordDocument(tx, document, cause), { id });
  },
});

interface OwnDocument extends Own {
  document: DocumentRow;
}
const documentParams = z.object({ document: z.uuid() });

/** @throws {Refusal} NOT_FOUND if it is not the caller's, or was sent in */
export async function findOwnDocument(em: EntityManager, { document }: { document: string }, caller: Caller): Promise<OwnDocument> {
  const own = await findOwn(em, {}, caller);
  return { ...own, document: await findStagedDocument(em, own.row.id, document) };
}

const text = (longest: number) => z.string().trim().max(longest, `Enter ${longest} letters or fewer`).optional();
const box = z.string().trim().max(10, 'Enter a real date').optional();

export const describeDocument = command({
  name: 'application.describe-document',
  permission: 'application.change',
  params: documentParams,
  input: z
    .object({
      number: text(40),
      issuer: text(100),
      issuedDay: box,
      issuedMonth: box,
      issuedYear: box,
      expiresDay: box,
      expiresMonth: box,
      expiresYear: box,
    })
    .strict(),
  find: findOwnDocument,
  async run({ em, ...asking }) {
    const { document } = asking.subject;
    const description = described(document, asking.input);
    return saved(em, asking, 'application.describe-document', (tx, cause) => recordDescription(tx, document, description, cause), {
      id: document.id,
    });
  },
});

type Typed = z.output<typeof describeDocument.input>;

/** @throws {Refusal} INVALID naming the first field that is missing or impossible */
function described({ type }: DocumentRow, typed: Typed): Omit<DocumentDescription, 'type'> {
  const { expires, dated, number, issuer } = kindOf(type);
  const description = {
    number: number ? typed.number || null : null,
    issuer: issuer ? typed.issuer || null : null,
    issuedOn: dated ? dayIn('issued', [typed.issuedDay, typed.issuedMonth, typed.issuedYear]) : null,
    expiresOn: expires ? dayIn('expires', [typed.expiresDay, typed.expiresMonth, typed.expiresYear]) : null,
  };
  const [problem] = documentProblems({ type, ...description }, londonDay(new Date()));
  if (problem) throw new Refusal('INVALID', problem.words, { [fieldOf[problem.field]]: 'wrong' });
  return description;
}

const fieldOf = { number: 'number', issuer: 'issuer', issuedOn: 'issuedDay', expiresOn: 'expiresDay' } as const;

/** @returns null if all three boxes are empty */
function dayIn(which: 'issued' | 'expires', boxes: ReadonlyArray<string | undefined>): string | null {
  const [dayOfMonth, month, year] = boxes;
  if (!dayOfMonth && !month && !year) return null;
  const day = /^\d{4}$/.test(year ?? '') ? dayOf(Number(year), Number(month), Number(dayOfMonth)) : null;
  if (day === null) throw new Refusal('INVALID', 'Enter a real date: day, month and year, such as 27 3 2026', { [`${which}Day`]: 'wrong' });
  return day;
}

export const addPhotographs = command({
  name: 'application.add-photographs',
  permission: 'application.change',
  params: documentParams,
  input: noInput,
  uploads: { photographs: 6 },
  uses: 'files',
  find: findOwnDocument,
  async run({ em, ...asking }) {
    const { document, row } = asking.subject;
    const photos = await decoded(asking, 'photographs', row.id);
    return saved(
      em,
      asking,
      'application.add-photographs',
      async (tx, cause) => {
        await insertPhotos(tx, photos, cause.at);
        await recordDocumentPhotos(tx, document, photos.map(({ id }) => id), cause); // prettier-ignore
      },
      { id: document.id },
    );
  },
});

export const removePhotograph = command({
  name: 'application.remove-photograph',
  permission: 'application.change',
  params: documentParams.extend({ photo: z.uuid() }),
  input: noInput,
  async find(em, params, caller) {
    const found = await findOwnDocument(em, params, caller);
    return { ...found, photo: found.document.photos.find((each) => each === params.photo) };
  },
  async run({ em, ...asking }) {
    const { document, photo } = asking.subject;
    return saved(
      em,
      asking,
      'application.remove-photograph',
      async (tx, cause) => {
        if (!photo) return; // it is gone already
        await recordPhotoRemoved(tx, document, photo, cause);
        await deletePhotos(tx, [photo], asking.photos);
      },
      { id: document.id },
    );
  },
});

export const removeDocument = command({
  name: 'application.remove-document',
  permission: 'application.change',
  params: documentParams,
  input: noInput,
  find: findOwnDocument,
  async run({ em, ...asking }) {
    const { document } = asking.subject;
    return saved(
      em,
      asking,
      'application.remove-document',
      async (tx, cause) => deletePhotos(tx, await recordDocumentRemoved(tx, document, cause), asking.photos),
      { id: document.id },
    );
  },
});

/** The photograph of themselves: one, which another takes the place of. */
export const addOwnPhotograph = command({
  name: 'application.photograph',
  permission: 'application.change',
  params: z.object({}),
  input: noInput,
  uploads: { photograph: 1 },
  uses: 'files',
  find: findOwn,
  async run({ em, ...asking }) {
    const { row } = asking.subject;
    const [photo, ...others] = await decoded(asking, 'photograph', row.id);
    if (!photo || others.length > 0)
      throw new Refusal('INVALID', 'Choose a file that holds one photograph of yourself', { photograph: 'pages' });
    if (photo.width < leastOwnPhoto.width || photo.height < leastOwnPhoto.height)
      throw new Refusal('INVALID', photoProblems['too-small'], { photograph: 'too-small' });
    return saved(
      em,
      asking,
      'application.photograph',
      async (tx, cause) => {
        await insertPhotos(tx, [photo], cause.at);
        const before = await recordOwnPhoto(tx, row.id, photo.id, cause);
        if (before) await deletePhotos(tx, [before], asking.photos);
      },
      { id: row.id },
    );
  },
});

type Act = (tx: EntityManager, cause: ReturnType<typeof ownCause>) => Promise<void>;

/** Acts once for the key, and says what is open next. */
async function saved(em: EntityManager, asking: Omit<Asked, 'em'>, name: string, act: Act, of: { id: string }) {
  const answer = await once(em, asking.key, async (tx) => {
    await act(tx, ownCause(name, asking));
    return { ...of, ...(await nextOf(tx, asking.subject.row)) };
  });
  return { is: 'saved' as const, answer };
}

/**
 * Every page of every file as a JPEG of our own, encrypted and not yet saved: one bad file, and nothing is stored.
 *
 * @throws {Refusal} INVALID in words that say what to do
 */
async function decoded({ files, decoder, photos, key }: Omit<Asked, 'em'>, field: string, application: string): Promise<NewPhoto[]> {
  const given = files[field] ?? [];
  if (given.length === 0) throw new Refusal('INVALID', photoProblems.none, { [field]: 'none' });
  const pages = [];
  for (const file of given)
    pages.push(...(await decoder.decode(file.bytes).catch((error: unknown) => refuseFile(error, file, field, given))).pages);
  return Promise.all(
    pages.map(async ({ jpeg, width, height }, at) => {
      const id = uuidFrom({ hash: `${at.toString(16).padStart(2, '0')}${key.hash.slice(2)}` });
      return { id, application, ...(await photos.keep(id, jpeg)), width, height, bytes: jpeg.length };
    }),
  );
}

/** Says which of several files it was, and points at the field. */
function refuseFile(error: unknown, { name }: Upload, field: string, given: readonly Upload[]): never {
  if (!(error instanceof Refusal)) throw error;
  const which = given.length > 1 ? `${name.slice(0, 60)}: ` : '';
  throw new Refusal(error.code, `${which}${error.message}`, { [field]: 'refused' });
}
