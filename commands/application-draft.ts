/** An application being written: where it begins, and one command a question. Answers may be changed until it is sent in. */
import { randomInt } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { answersOf, type ApplicationRow, recordAnswers, recordDraft } from '../db/application/application.ts';
import { asDraft, documentsOf } from '../db/application/evidence.ts';
import { once } from '../db/idempotency.ts';
import { findWayIn } from '../db/application/invitation.ts';
import { openQuestions, type Question } from '../domain/application-answers.ts';
import { readDateOfBirth } from '../domain/date-of-birth.ts';
import { londonDay } from '../domain/days.ts';
import { noNumberReason, readNationalInsuranceNumber } from '../domain/national-insurance-number.ts';
import { namePart } from '../domain/personal-name.ts';
import { Refusal } from '../domain/refusal.ts';
import { ownCause, findOwn, type Own } from './application.ts';
import { causeOf, command, uuidFrom } from './command.ts';

export const linkParams = z.object({ link: z.string().regex(/^[\w-]{43}$/) });
const noParams = z.object({});

/** Letters and digits that nobody takes for one another on the telephone. */
const referenceLetters = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const newReference = () => Array.from({ length: 10 }, () => referenceLetters[randomInt(referenceLetters.length)]).join('');

/** Begins a draft in this browser. Its id comes from the key, so that the same key cannot make two. */
export const start = command({
  name: 'application.start',
  permission: 'application.start',
  params: linkParams,
  input: z.object({}).strict(),
  uses: 'drafts',
  find: (em, { link }) => findWayIn(em, link, new Date()),
  async run({ em, subject, caller, ...asking }) {
    if (caller.kind === 'person') throw new Refusal('NOT_PERMITTED', 'Sign out before you apply for somebody who has no Care ID yet');
    const { organisation, row: invitation } = subject;
    const id = uuidFrom(asking.key);
    const begun = { id, session: caller.id, organisation, invitation: invitation.id, job: invitation.job ?? null };
    const cause = { ...causeOf('application.start', { ...asking, caller }, null), who: id };
    await once(em, asking.key, async (tx) => {
      await recordDraft(tx, { ...begun, reference: newReference() }, cause);
      return { id };
    });
    return { is: 'saved', answer: { id } };
  },
});

/** What the page that was sent goes on to: the first question that is open, or none. */
export interface Next {
  next: Question | null;
}

export async function nextOf(em: EntityManager, row: ApplicationRow): Promise<Next> {
  const fresh = await em.refreshOrFail(row);
  const [next] = openQuestions(answersOf(fresh), (await documentsOf(em, row.id)).map(asDraft));
  return { next: next ?? null };
}

type Given = ReturnType<Parameters<typeof recordAnswers>[3]>;

/** A command that saves the answer to one question. */
function answering<I extends z.ZodObject>(question: Question, input: I, given: (answered: z.output<I>, row: ApplicationRow) => Given) {
  const name = `application.answer-${question}`;
  return command<typeof noParams, I, Own, Next>({
    name,
    permission: 'application.change',
    params: noParams,
    input,
    find: findOwn,
    async run({ em, ...asking }) {
      const { row } = asking.subject;
      const answer = await once(em, asking.key, async (tx) => {
        await recordAnswers(tx, row.id, question, (locked) => given(asking.input, locked), ownCause(name, asking));
        return nextOf(tx, row);
      });
      return { is: 'saved', answer };
    },
  });
}

/** A part of a name, whose problems say which part. */
const part = (label: string, schema: z.ZodString) =>
  schema.transform((typed, context) => {
    const read = namePart.safeParse(typed);
    if (read.success) return read.data;
    context.addIssue({ code: 'custom', message: `${label} ${read.error.issues[0]?.message ?? 'cannot be used'}` });
    return z.NEVER;
  });

export const answerName = answering(
  'name',
  z
    .object({
      givenName: part('Given name', z.string()).optional(),
      middleNames: part('Middle names', z.string()).optional(),
      familyName: part('Family name', z.string('Enter your family name, or your only name')).refine(
        (name) => name !== '',
        'Enter your family name, or your only name',
      ),
    })
    .strict(),
  ({ givenName, middleNames, familyName }) => ({ givenName: givenName || null, middleNames: middleNames || null, familyName }),
);

const box = z.string().max(20, 'Enter a shorter text').default('');
const today = () => londonDay(new Date());

export const answerDateOfBirth = answering(
  'date-of-birth',
  z
    .object({ day: box, month: box, year: box })
    .strict()
    .superRefine((typed, context) => {
      const read = readDateOfBirth(typed, today());
      if (!read.ok) context.addIssue({ code: 'custom', message: read.problem, path: [read.boxes[0] ?? 'day'] });
    }),
  (typed) => {
    const read = readDateOfBirth(typed, today());
    if (!read.ok) throw new Refusal('INVALID', read.problem, { day: '' });
    return { dateOfBirth: read.dateOfBirth };
  },
);

export const answerNationalInsuranceNumber = answering(
  'national-insurance-number',
  z
    .object({
      has: z.enum(['yes', 'no'], 'Select whether you have a National Insurance number'),
      number: z.string().max(40, 'Enter your National Insurance number').optional(),
      reason: noNumberReason.optional(),
    })
    .strict()
    .superRefine(({ has, number, reason }, context) => {
      const read = readNationalInsuranceNumber(number ?? '');
      if (has === 'yes' && !read.ok) context.addIssue({ code: 'custom', message: read.problem, path: ['number'] });
      if (has === 'no' && !reason)
        context.addIssue({ code: 'custom', message: 'Select why you do not have a National Insurance number', path: ['reason'] });
    }),
  ({ has, number, reason }) => {
    const read = readNationalInsuranceNumber(number ?? '');
    return has === 'yes' && read.ok
      ? { nationalInsuranceNumber: read.number, noNumberReason: null }
      : { nationalInsuranceNumber: null, noNumberReason: reason ?? null };
  },
);

const emailWords = 'Enter an e-mail address in the correct format, like name@example.com';
export const emailAddress = z.string(emailWords).trim().max(254, emailWords).pipe(z.email(emailWords));
const mobileWords = 'Enter a mobile number, like 07700 900 982 or +44 7700 900 982';
const mobileNumber = z
  .string(mobileWords)
  .max(40, mobileWords)
  .transform((typed) => typed.replace(/[\s().-]/g, '').replace(/^00/, '+'))
  .refine((typed) => /^(07\d{9}|\+[1-9]\d{7,14})$/.test(typed), mobileWords);

export const answerContact = answering('contact', z.object({ email: emailAddress, mobile: mobileNumber }).strict(), (contact, row) => ({
  ...contact,
  // Another address is another inbox: it has to be confirmed anew.
  ...(contact.email.toLowerCase() !== row.email?.toLowerCase() && { emailConfirmedAt: null }),
}));

export const jobWords = z
  .string('Enter the job you are joining for')
  .trim()
  .min(1, 'Enter the job you are joining for')
  .max(100, 'Job must be 100 letters or fewer')
  .regex(/^[^\p{C}]*$/u, 'Enter the job on one line');
export const answerJob = answering('job', z.object({ job: jobWords }).strict(), (answered) => answered);
