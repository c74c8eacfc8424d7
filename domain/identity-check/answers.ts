/** What an ID checker found at each task, as it is kept: ids, codes and days, and words where a reason is asked. */
import { z } from 'zod';
import { activityShown } from '../activity-history.ts';
import { day } from '../day.ts';
import { documentCheck } from '../evidence.ts';
import { faceCheck } from '../face.ts';

/** What of a document the checker read otherwise than the applicant wrote it. */
export const differences = ['number', 'date', 'mrz'] as const;

/** A document as the checker read it, and what they did with it. Whether it was reported, the fraud sources say. */
export const documentFound = documentCheck.omit({ byTrained: true, reported: true }).extend({
  number: z.string().nullable(),
  /** The day it expires; of one that does not, the day it bears. */
  printedOn: day.nullable(),
  differs: z.array(z.enum(differences)),
});
export type DocumentFound = z.output<typeof documentFound>;

export const faceFound = faceCheck.omit({ byTrained: true });
export type FaceFound = z.output<typeof faceFound>;

/** Whether all evidence of the address shows one, which the person says is theirs: they wrote none. */
export const addressFound = z.strictObject({ shows: z.enum(['same', 'differs']) });
export type AddressFound = z.output<typeof addressFound>;
export const addressWords = {
  same: 'They all show one address, in the person’s name, and the person says it is theirs',
  differs: 'They show different addresses, another name, or one that the person does not say is theirs',
} as const;

export const mostActivity = 12;
export const activityFound = z.strictObject({ shown: z.array(activityShown).max(mostActivity, 'Remove one before you add another') });
export type ActivityFound = z.output<typeof activityFound>;

export const duplicateFound = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('same') }),
  z.strictObject({ is: z.literal('different'), reason: z.string() }),
]);
export type DuplicateFound = z.output<typeof duplicateFound>;

export interface Found {
  duplicate: DuplicateFound;
  document: DocumentFound;
  face: FaceFound;
  address: AddressFound;
  activity: ActivityFound;
}
export type AnswerKind = keyof Found;

/** `document/<id>`, `duplicate/person/<id>`; the others are their kind alone. */
export type AnswerKey = AnswerKind | `document/${string}` | `duplicate/${CandidateKey}`;
export type CandidateKey = `${'person' | 'application'}/${string}`;

export interface KeptAnswer {
  readonly task: string;
  readonly answer: unknown;
  /** Of what it was found: see aboutOf. Another now, and the answer is void. */
  readonly about: string;
  readonly by: string;
  readonly at: Date;
}

const schemas: { readonly [K in AnswerKind]: z.ZodType<Found[K]> } = {
  duplicate: duplicateFound,
  document: documentFound,
  face: faceFound,
  address: addressFound,
  activity: activityFound,
};

export const kindOfAnswer = (task: string): AnswerKind => task.split('/')[0] as AnswerKind;

/** The answer to one task, whoever gave it and whether or not it still stands. */
export function keptAnswer<K extends AnswerKind>(
  answers: readonly KeptAnswer[],
  kind: K,
  of?: string,
): (KeptAnswer & { answer: Found[K] }) | null {
  const task = of === undefined ? kind : `${kind}/${of}`;
  const kept = answers.find((each) => each.task === task);
  return kept ? { ...kept, answer: schemas[kind].parse(kept.answer) } : null;
}
