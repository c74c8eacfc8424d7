/** One command a task: what an ID checker found. Each answer renews their time. */
import { z } from 'zod';
import {
  addressFound,
  type CandidateKey,
  type DocumentFound,
  documentFound,
  activityFound,
  faceFound,
} from '../../domain/identity-check/answers.ts';
import { addressDocuments, type Check, faceMethodsFor, found, photographDocuments } from '../../domain/identity-check/check.ts';
import { type DocumentTyped, missingWords, readDocument } from '../../domain/identity-check/reading.ts';
import { isDay, londonDay } from '../../domain/days.ts';
import { nameOf } from '../../db/application/application.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { command } from '../command.ts';
import { answering, find, params } from './fields.ts';

const reasonWords = z.string().trim().max(500, 'Enter 500 letters or fewer').optional();

/** Whether a possible duplicate is the same person. */
export const answerDuplicate = command({
  name: 'identity-check.answer-duplicate',
  permission: 'identity-check.work',
  params: params.extend({ kind: z.enum(['person', 'application']), other: z.uuid() }),
  input: z
    .object({ is: z.enum(['same', 'different'], 'Select whether they are the same person'), reason: reasonWords })
    .strict()
    .refine(({ is, reason }) => is === 'same' || reason, { path: ['reason'], error: 'Enter how you know that they are different people' }),
  async find(em, { id, kind, other }) {
    return { ...(await find(em, { id })), candidate: `${kind}/${other}` satisfies CandidateKey };
  },
  run({ input: { is, reason = '' }, ...asking }) {
    const { candidate } = asking.subject;
    return answering(asking, {
      name: 'identity-check.answer-duplicate',
      kind: 'duplicate',
      of: candidate,
      answer({ candidates }) {
        if (!candidates.includes(candidate)) throw nothingHere();
        return is === 'same' ? { is } : { is, reason };
      },
    });
  },
});

const { seen, features, ultraviolet, chip, issuer } = documentFound.shape;

export const answerDocument = command({
  name: 'identity-check.answer-document',
  permission: 'identity-check.work',
  params: params.extend({ document: z.uuid() }),
  input: z
    .object({
      seen: z.enum(seen.options, 'Select how you saw the document'),
      /** As the checker reads it from the document. */
      number: z.string().trim().min(1, missingWords.number).max(40, 'Enter 40 letters and numbers or fewer').optional(),
      /** The day it expires; of one that does not, the day it bears. */
      printedOn: z
        .string()
        .min(1, { error: missingWords.printedOn, abort: true })
        .refine(isDay, 'Enter a real date, such as 27 3 2031')
        .optional(),
      mrz: z.string().min(1, missingWords.mrz).max(200, 'Enter the machine-readable zone only').optional(),
      /** The zone cannot be read, or was not there to be read. */
      noMrz: z.boolean().default(false),
      detailsAgree: z.boolean('Select whether its details are those of the applicant'),
      looksGenuine: z.boolean('Select whether it looks genuine'),
      features,
      ultraviolet,
      chip,
      issuer,
      /** What was typed was looked at again, and stands so on the document. */
      sure: z.boolean().default(false),
    })
    .strict(),
  async find(em, { id, document }) {
    return { ...(await find(em, { id })), document };
  },
  run({ input, ...asking }) {
    const { document, row } = asking.subject;
    const { number, printedOn, mrz, ...rest } = input;
    const typed: DocumentTyped = { ...rest, number: number || null, printedOn: printedOn ?? null, mrz: mrz || null };
    const applicant = { name: nameOf(row), dateOfBirth: row.dateOfBirth ?? '' };
    return answering(asking, {
      name: 'identity-check.answer-document',
      kind: 'document',
      of: document,
      answer: ({ documents }): DocumentFound => {
        const sent = documents.find(({ id }) => id === document);
        if (!sent) throw nothingHere();
        return readDocument(sent, typed, applicant, londonDay(new Date()));
      },
    });
  },
});

const { method, document: likeness } = faceFound.shape;

export const answerFace = command({
  name: 'identity-check.answer-face',
  permission: 'identity-check.work',
  params,
  input: z
    .object({
      against: z.uuid('Select the document whose photograph you compared'),
      method: z.enum(method.options, 'Select how you compared them'),
      document: z.enum(likeness.options, 'Select whether the face is that of the document'),
      cardPhotograph: z.enum(likeness.options, 'Select whether the photograph for the card is of the same person'),
    })
    .strict(),
  find,
  run: ({ input, ...asking }) =>
    answering(asking, {
      name: 'identity-check.answer-face',
      kind: 'face',
      answer(check) {
        refuseFace(check, input);
        return input;
      },
    }),
});

function refuseFace(check: Check, { against, method: by }: { against: string; method: z.output<typeof method> }): void {
  if (!photographDocuments(check).some(({ id }) => id === against)) throw nothingHere();
  const looked = found(check, 'document', against);
  if (!looked) throw new Refusal('INVALID', 'Check that document first', { against: 'unchecked' });
  if (faceMethodsFor(looked).includes(by)) return;
  const words = 'You did not see this document in a way that lets you compare a face so. Select another way, or change how you saw it';
  throw new Refusal('INVALID', words, { method: 'impossible' });
}

export const answerAddress = command({
  name: 'identity-check.answer-address',
  permission: 'identity-check.work',
  params,
  input: z.object({ shows: z.enum(addressFound.shape.shows.options, 'Select what the documents show') }).strict(),
  find,
  run: ({ input, ...asking }) =>
    answering(asking, {
      name: 'identity-check.answer-address',
      kind: 'address',
      answer(check) {
        if (addressDocuments(check).length === 0) throw nothingHere();
        return input;
      },
    }),
});

/** All dealings that were shown, in place of those saved before: none is an answer too. */
export const answerActivity = command({
  name: 'identity-check.answer-activity',
  permission: 'identity-check.work',
  params,
  input: activityFound,
  find,
  run: ({ input, ...asking }) => answering(asking, { name: 'identity-check.answer-activity', kind: 'activity', answer: () => input }),
});
