/** Applications that wait for their check, and an ID checker who does every task of one, for tests. */
import { randomInt, randomUUID } from 'node:crypto';
import { expect as expectPerson, submit } from '../../commands/application.ts';
import type { Caller } from '../../commands/caller.ts';
import {
  answerActivity,
  answerAddress,
  answerDocument,
  answerDuplicate,
  answerFace,
  askFraudSources,
  decide,
  declare,
  showFraud,
  take,
} from '../../commands/identity-check.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import type { Candidate } from '../../db/identity-check/duplicate.ts';
import { DocumentRow, sentDocuments } from '../../db/application/evidence.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import type { Application } from '../../domain/application.ts';
import { type DocumentType, hasPhotograph, isCheckable, kindOf, provesAddress } from '../../domain/document-type.ts';
import { addMonths, londonDay } from '../../domain/days.ts';
import type { CandidateKey } from '../../domain/identity-check/answers.ts';
import { checkDigit } from '../../domain/mrz/check-digit.ts';
import { searchable } from '../../domain/personal-name.ts';
import { aPhotograph } from './apply.ts';
import type { Organisation } from './database.ts';
import { eventually } from './eventually.ts';
import type { Service } from './service.ts';

type Applied = Partial<ApplicationRow> & { types?: readonly DocumentType[] };

/** One document with a photograph, one for the address, one more. */
export const threeDocuments: readonly DocumentType[] = ['passport-with-chip', 'uk-driving-licence', 'bank-account'];

/** A name and a date of birth like nobody else's: tests share a database, and would find each other's people. */
function somebody() {
  const letters = Array.from({ length: 10 }, () => String.fromCharCode(97 + randomInt(26))).join('');
  const dateOfBirth = `19${randomInt(40, 99)}-0${randomInt(1, 9)}-${randomInt(10, 28)}`;
  return { givenName: 'Zoë', middleNames: null, familyName: `${letters.charAt(0).toUpperCase()}’${letters.slice(1)}é`, dateOfBirth };
}

const today = () => londonDay(new Date());

/** The details of a document as its applicant writes them. */
function described(type: DocumentType, at: number) {
  const { number, issuer, expires, dated } = kindOf(type);
  return {
    number: number ? `N1234567${at}` : null,
    issuer: issuer ? 'Utopia' : null,
    expiresOn: expires ? '2031-02-01' : null,
    issuedOn: dated ? addMonths(today(), -1) : null,
  };
}

export async function keepPhotograph({ deps, orm }: Service, application: string): Promise<string> {
  const [id, jpeg] = [randomUUID(), await aPhotograph()];
  const { sealed, place } = await deps.photos.keep(id, jpeg);
  const stored = { sealed: sealed && Buffer.from(sealed), place, width: 300, height: 400, bytes: jpeg.length };
  await orm.em.fork().insert(PhotoRow, { id, application, ...stored, madeAt: new Date() });
  return id;
}

/** Adds a document that is not sent in yet. */
export async function stageDocument(
  service: Service,
  application: string,
  type: DocumentType,
  more: Partial<DocumentRow> = {},
): Promise<string> {
  const em = service.orm.em.fork();
  const at = await em.count(DocumentRow, { application });
  const id = randomUUID();
  const photos = [await keepPhotograph(service, application)];
  const staged = { id, application, type, ...described(type, at), described: true, photos, madeAt: new Date(), sentAt: null, version: 1 };
  await em.insert(DocumentRow, { ...staged, ...more });
  return id;
}

export async function aDraft(service: Service, elm: Organisation, { types = threeDocuments, ...given }: Applied = {}): Promise<string> {
  const id = randomUUID();
  const now = new Date();
  const reference = id.slice(0, 8).toUpperCase();
  await service.orm.em
    .fork()
    .insert(ApplicationRow, {
      id,
      reference,
      session: randomUUID(),
      organisation: elm.code,
      state: 'draft',
      version: 1,
      evidenceVersion: 0,
      ...somebody(),
      nationalInsuranceNumber: null,
      noNumberReason: 'applied-for',
      email: `${id}@example.org`,
      emailConfirmedAt: now,
      mobile: '07700900123',
      job: 'Practice nurse',
      changedBy: id,
      changedAt: now,
      madeAt: now,
      ...given,
    });
  await service.orm.em.fork().nativeUpdate(ApplicationRow, { id }, { stagedPhoto: await keepPhotograph(service, id) });
  for (const type of types) await stageDocument(service, id, type);
  return id;
}

export const applicant = (id: string): Caller => ({ kind: 'applicant', id, via: 'web', authenticatedAt: null });
export const person = (id: string): Caller => ({ kind: 'person', id, via: 'api', authenticatedAt: new Date() });
export const keyed = (caller: Caller) => ({ ...caller, key: randomUUID() as string });

/** Sent in, and somebody there expects the person. */
export async function anExpectedApplication(service: Service, elm: Organisation, given: Applied = {}): Promise<string> {
  const id = await aDraft(service, elm, given);
  await saved(submit.perform(service.deps, keyed(applicant(id)), {}, { declared: 'yes' }));
  await saved(expectPerson.perform(service.deps, keyed(person(elm.sponsor)), { id }, {}));
  return id;
}

export async function saved<A>(asked: Promise<{ is: 'saved'; answer: A } | { is: 'saving' } | { is: 'not-saved' }>): Promise<A> {
  const outcome = await asked;
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  return outcome.answer;
}

/** A passport's zone (TD3), with the name in capitals as it stands there. */
export function aZone({
  name,
  number,
  birth = '960229',
  expiry = '310201',
}: {
  name: string;
  number: string;
  birth?: string;
  expiry?: string;
}) {
  const first = `P<UTO${name}`.padEnd(44, '<');
  const [n, personal] = [number.padEnd(9, '<'), '<'.repeat(14)];
  const second = `${n}${checkDigit(n)}UTO${birth}${checkDigit(birth)}F${expiry}${checkDigit(expiry)}${personal}<`;
  const whole = second.slice(0, 10) + second.slice(13, 20) + second.slice(21, 43);
  return `${first}\n${second}${checkDigit(whole)}`;
}

const faceBy = { 'in-person': 'in-person', 'on-video': 'live-video', 'upload-only': 'uploaded' } as const;

type DocumentInput = Parameters<typeof answerDocument.perform>[3];

/** A checker at work on one application, by the commands that pages and API call. */
export function atWork(service: Service, checker: string, id: string) {
  const { deps, orm } = service;
  const me = () => keyed(person(checker));
  const documents = () => sentDocuments(orm.em.fork(), id);
  const work = {
    documents,
    take: () => saved(take.perform(deps, me(), { id }, {})),
    declare: (declaration: 'unrelated' | 'knows' = 'unrelated', trained: 'yes' | 'no' = 'yes') =>
      saved(declare.perform(deps, me(), { id }, { declaration, trained })),
    /** In person, by a trained checker, under ultraviolet light, and right in every way. */
    async document(row: DocumentRow, more: Partial<DocumentInput> = {}) {
      const input = answerDocument.input.parse({ ...(await asWritten(service, row)), ...more });
      return saved(answerDocument.perform(deps, me(), { id, document: row.id }, input));
    },
    duplicate(candidate: CandidateKey, input: Parameters<typeof answerDuplicate.perform>[3]) {
      const [kind, other] = candidate.split('/') as [Candidate['kind'], string];
      return saved(answerDuplicate.perform(deps, me(), { id, kind, other }, input));
    },
    face: (against: string, more: Partial<Parameters<typeof answerFace.perform>[3]> = {}) =>
      saved(answerFace.perform(deps, me(), { id }, { against, method: 'in-person', document: 'same', cardPhotograph: 'same', ...more })),
    address: (shows: 'same' | 'differs' = 'same') => saved(answerAddress.perform(deps, me(), { id }, { shows })),
    async fraud() {
      await saved(askFraudSources.perform(deps, me(), { id }, {}));
      await eventually(async () => {
        const { asked } = openOnly(await showFraud.perform(deps, person(checker), { id }, {}));
        if (!asked?.answeredAt) throw new Error('the fraud sources have not answered');
      });
    },
    activity: (shown: Parameters<typeof answerActivity.perform>[3]['shown'] = []) =>
      saved(answerActivity.perform(deps, me(), { id }, { shown })),
    decide: (input: Partial<Parameters<typeof decide.perform>[3]>): Promise<Application> =>
      saved(decide.perform(deps, me(), { id }, decide.input.parse(input))),
    /** Every task, so that the identity can be verified. */
    async everything(more: Partial<DocumentInput> = {}) {
      await work.take();
      await work.declare();
      const rows = await documents();
      for (const row of rows) await work.document(row, more);
      const photograph = rows.find(({ type }) => hasPhotograph(type));
      if (photograph) await work.face(photograph.id, { method: faceBy[more.seen ?? 'in-person'] });
      if (rows.some(({ type }) => provesAddress(type))) await work.address();
      await work.fraud();
      await work.activity();
    },
  };
  return work;
}

/** The zone of this application's passport. */
export async function zoneOf({ orm }: Service, { application, number }: DocumentRow, changes: { number?: string } = {}): Promise<string> {
  const row = await orm.em.fork().findOneOrFail(ApplicationRow, { id: application });
  const name = [row.familyName, row.givenName].map((part) => searchable(part ?? '').toUpperCase().replaceAll(' ', '<')).join('<<'); // prettier-ignore
  return aZone({ name, number: number ?? '', birth: (row.dateOfBirth ?? '').replaceAll('-', '').slice(2), ...changes });
}

async function asWritten(service: Service, row: DocumentRow): Promise<object> {
  const { type, number, issuedOn, expiresOn } = row;
  const kind = kindOf(type);
  const right = (what: 'features' | 'ultraviolet' | 'chip') => (isCheckable(type, what) && what !== 'chip' ? 'right' : 'not-checked');
  return {
    seen: 'in-person',
    looksGenuine: true,
    detailsAgree: true,
    features: right('features'),
    ultraviolet: right('ultraviolet'),
    ...(number && { number }),
    ...((kind.expires || kind.dated) && { printedOn: (kind.expires ? expiresOn : issuedOn) ?? undefined }),
    ...(kind.mrz === 'TD3' && { mrz: await zoneOf(service, row) }),
    ...(kind.mrz === 'TD1' && { noMrz: true }),
  };
}

/** What is shown to whoever has a check open. */
export function openOnly<T extends { isOpen: boolean }>(shown: T): Extract<T, { isOpen: true }> {
  if (!shown.isOpen) throw new Error('the check is not open to its reader');
  return shown as Extract<T, { isOpen: true }>;
}
