/** One identity check as it stands: what was sent in, what was found of it and by whom, and of what each answer was found. */
import type { Day } from '../days.ts';
import { hasPhotograph, kindOf, provesAddress } from '../document-type.ts';
import { bareNumber, type DocumentDescription, type PresentedDocument, type WaySeen } from '../evidence.ts';
import type { FaceMethod } from '../face.ts';
import { type FraudAnswer, reportedDocuments } from '../fraud.ts';
import type { IdentityEvidence } from '../gpg45.ts';
import { type AnswerKind, type CandidateKey, type DocumentFound, type Found, keptAnswer, type KeptAnswer } from './answers.ts';

export interface SentDocument extends DocumentDescription {
  readonly id: string;
  /** One more with each change of it. */
  readonly version: number;
  /** Ids of its photographs, in the order of its sides or pages. */
  readonly photos: readonly string[];
}

/** What fraud sources were last asked, and what they said so far. */
export interface FraudAsked {
  readonly about: string;
  readonly by: string;
  readonly at: Date;
  /** Null while one of them has not answered. */
  readonly answeredAt: Date | null;
  readonly answers: readonly FraudAnswer[];
}

export interface Check {
  /** Whose answers count: another's are shown, and to be found again. */
  readonly checker: string;
  /** The checker has been trained to examine documents. */
  readonly trained: boolean;
  /** Of the person, as they sent it: it becomes the photograph for the card. */
  readonly photo: string | null;
  readonly documents: readonly SentDocument[];
  readonly candidates: readonly CandidateKey[];
  readonly answers: readonly KeptAnswer[];
  readonly fraud: FraudAsked | null;
}

/** `changed`: the evidence is another since. `of-another`: a checker who had it before found it. */
export type Standing = 'to-do' | 'done' | 'changed' | 'of-another';

export function standingOf(check: Check, kind: AnswerKind, of?: string): Standing {
  const kept = keptAnswer(check.answers, kind, of);
  if (!kept) return 'to-do';
  if (kept.by !== check.checker) return 'of-another';
  return kept.about === aboutOf(check, kind, of, kept.answer) ? 'done' : 'changed';
}

/** What the checker found at a task, if it stands. */
export function found<K extends AnswerKind>(check: Check, kind: K, of?: string): Found[K] | null {
  return standingOf(check, kind, of) === 'done' ? (keptAnswer(check.answers, kind, of)?.answer ?? null) : null;
}

/** Of what an answer is found: while this stays as it is, the answer stands. */
export function aboutOf(check: Check, kind: AnswerKind, of: string | undefined, answer: unknown): string {
  const ids = (documents: readonly SentDocument[]) =>
    documents
      .map(({ id }) => id)
      .toSorted()
      .join(' ');
  if (kind === 'document') return `${of} ${check.documents.find(({ id }) => id === of)?.version ?? 'gone'}`;
  if (kind === 'face') return aboutFace(check, (answer as Found['face']).against);
  if (kind === 'address') return ids(addressDocuments(check));
  if (kind === 'activity') return ids(check.documents);
  return of ?? '';
}

/** A face was compared with a document that was seen in one way: seen in another, or replaced, it must be compared again. */
function aboutFace(check: Check, against: string): string {
  const seen = check.documents.some(({ id }) => id === against) ? found(check, 'document', against)?.seen : 'gone';
  return `${check.photo} ${against} ${seen ?? 'unseen'}`;
}

/** What fraud sources are asked: every document with its number as the checker read it. */
export const aboutFraud = (check: Check): string =>
  read(check)
    .map(({ id, number }) => `${id} ${bareNumber(number ?? '')}`)
    .toSorted()
    .join('; ');

/** What the sources said, once all of them have, of the documents as they are now. */
export const fraudAnswers = (check: Check): readonly FraudAnswer[] =>
  check.fraud?.answeredAt && check.fraud.about === aboutFraud(check) ? check.fraud.answers : [];

export const photographDocuments = ({ documents }: Pick<Check, 'documents'>) => documents.filter(({ type }) => hasPhotograph(type));
export const addressDocuments = ({ documents }: Pick<Check, 'documents'>) => documents.filter(({ type }) => provesAddress(type));

/** The documents as the checker read them; as the applicant wrote them where they were not looked at yet. */
export function read(check: Check): Array<SentDocument & { found: DocumentFound | null }> {
  return check.documents.map((document) => {
    const seen = found(check, 'document', document.id);
    if (!seen) return { ...document, found: null };
    const { expires } = kindOf(document.type);
    return { ...document, found: seen, number: seen.number ?? document.number, ...dated(document, expires, seen.printedOn) };
  });
}

const dated = ({ issuedOn, expiresOn }: DocumentDescription, expires: boolean, printedOn: Day | null) => ({
  issuedOn: expires ? issuedOn : (printedOn ?? issuedOn),
  expiresOn: expires ? (printedOn ?? expiresOn) : expiresOn,
});

/** All that stands of this checker's work, as GPG 45 scores it. */
export function evidenceOf(check: Check): IdentityEvidence {
  const fraud = fraudAnswers(check);
  const reported = reportedDocuments(fraud);
  const differs = found(check, 'address')?.shows === 'differs';
  const documents = read(check).map(({ found: seen, version: _version, photos: _photos, ...document }): PresentedDocument => {
    if (!seen) return { ...document, check: null };
    const { number: _number, printedOn: _printedOn, differs: _differs, ...rest } = seen;
    const asked = fraud.length > 0 && document.number !== null ? ('not-reported' as const) : ('not-asked' as const);
    // An address that is not the person's voids what proves nothing else.
    const detailsAgree = rest.detailsAgree && !(differs && provesAddress(document.type) && !hasPhotograph(document.type));
    return {
      ...document,
      check: { ...rest, detailsAgree, byTrained: check.trained, reported: reported.has(document.id) ? 'reported' : asked },
    };
  });
  const face = found(check, 'face');
  return { documents, faces: face ? [{ ...face, byTrained: check.trained }] : [], fraud, activity: found(check, 'activity')?.shown ?? [] };
}

/** How a face may be said to have been compared with a document, by how that was seen. */
export function faceMethodsFor(document: Pick<DocumentFound, 'seen' | 'chip'> | null): FaceMethod[] {
  const by: Readonly<Record<WaySeen, FaceMethod[]>> = {
    'upload-only': ['uploaded', 'biometric'],
    'on-video': ['uploaded', 'live-video', 'biometric'],
    'in-person': ['uploaded', 'live-video', 'in-person', 'biometric'],
  };
  if (!document) return [];
  return document.seen === 'in-person' && document.chip === 'right' ? [...by['in-person'], 'biometric-chip'] : by[document.seen];
}
