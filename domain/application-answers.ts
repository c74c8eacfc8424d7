/**
 * What an applicant is asked, one question a page, in this order; and what of it is still open.
 * The pages go on to the first that is open; the command and the activity that submit refuse while any is.
 */
import { hasPhotograph, type DocumentType, provesAddress } from './document-type.ts';
import type { NoNumberReason } from './national-insurance-number.ts';
import { Refusal } from './refusal.ts';

/** A document as it lies in a draft. */
export interface DraftDocument {
  readonly type: DocumentType;
  /** Its number and dates are given, where its type asks for them. */
  readonly described: boolean;
  readonly photographs: number;
}

/** What a draft holds so far. */
export interface Answers {
  /** Null for somebody with one name only. */
  readonly givenName: string | null;
  readonly middleNames: string | null;
  readonly familyName: string | null;
  readonly dateOfBirth: string | null;
  readonly nationalInsuranceNumber: string | null;
  readonly noNumberReason: NoNumberReason | null;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly job: string | null;
  readonly hasPhotograph: boolean;
  readonly emailConfirmed: boolean;
}

export const questions = [
  'name',
  'date-of-birth',
  'national-insurance-number',
  'contact',
  'job',
  'documents',
  'photograph',
  'email-code',
] as const;
export type Question = (typeof questions)[number];

const isAnswered: Readonly<Record<Question, (answers: Answers, documents: readonly DraftDocument[]) => boolean>> = {
  name: ({ familyName }) => familyName !== null,
  'date-of-birth': ({ dateOfBirth }) => dateOfBirth !== null,
  'national-insurance-number': ({ nationalInsuranceNumber, noNumberReason }) => nationalInsuranceNumber !== null || noNumberReason !== null,
  contact: ({ email, mobile }) => email !== null && mobile !== null,
  job: ({ job }) => job !== null,
  documents: (_answers, documents) => documents.length > 0 && documents.every(isFinished),
  photograph: (answers) => answers.hasPhotograph,
  'email-code': ({ emailConfirmed }) => emailConfirmed,
};

/** A document whose details and photographs are there. */
export const isFinished = ({ described, photographs }: DraftDocument): boolean => described && photographs > 0;

/** In their order: empty when it can be sent in. */
export const openQuestions = (answers: Answers, documents: readonly DraftDocument[]): Question[] =>
  questions.filter((question) => !isAnswered[question](answers, documents));

/** @throws {Refusal} INVALID naming the first question that is open */
export function refuseUnlessComplete(answers: Answers, documents: readonly DraftDocument[]): void {
  const [first] = openQuestions(answers, documents);
  if (first) throw new Refusal('INVALID', openWords[first], { [first]: 'open' });
}

const openWords: Readonly<Record<Question, string>> = {
  name: 'Enter your name',
  'date-of-birth': 'Enter your date of birth',
  'national-insurance-number': 'Enter your National Insurance number, or say why you have none',
  contact: 'Enter your e-mail address and mobile number',
  job: 'Say what job you are joining for',
  documents: 'Add your documents, and finish or remove those you began',
  photograph: 'Add a photograph of yourself',
  'email-code': 'Confirm your e-mail address',
};

/**
 * What of the usual three documents is missing: one with a photograph, one that proves the address, one more of either.
 * Advice only: whether others are enough the ID checker finds out.
 */
export function usuallyMissing(types: readonly DocumentType[]): string[] {
  const photos = types.filter(hasPhotograph).length;
  const addresses = types.filter(provesAddress).length;
  const useful = types.filter((type) => hasPhotograph(type) || provesAddress(type)).length;
  // A driving licence may be either, and never both.
  const onlyBoth = types.length === 1 && photos === 1 && addresses === 1;
  return [
    ...(photos > 0 ? [] : ['a document with your photograph, such as a passport or a driving licence']),
    ...(addresses > 0 && !onlyBoth ? [] : ['a document with your address, such as a bank statement or a council tax statement']),
    ...(useful >= 3 ? [] : ['three documents in all']),
  ];
}
