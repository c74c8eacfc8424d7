/** How an applicant proves their e-mail address, and comes back: a link that opens nothing, then a code. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { caseIdOf, lockApplication } from '../db/application/application.ts';
import { findReturnLink, getToSendLink, recordLetterWithLink } from '../db/application/application-link.ts';
import { recordCodeTry, recordEmailCode, recordEmailConfirmed } from '../db/application/email-code.ts';
import { once, recall, remember } from '../db/idempotency.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { emailCodeProblem, readEmailCode, wrongCodeWords } from '../domain/email-code.ts';
import { Refusal } from '../domain/refusal.ts';
import { emailAddress, linkParams, nextOf } from './application-draft.ts';
import { findOwn, type Own, ownCause } from './application.ts';
import { type Asking, causeOf, command, type Outcome } from './command.ts';
import { query } from './query.ts';

const code = z
  .string(emailCodeProblem)
  .max(20, emailCodeProblem)
  .refine((typed) => readEmailCode(typed) !== null, emailCodeProblem);
const noInput = z.object({}).strict();

/** Sends a code to the address in a draft. Another may be asked for in a while. */
export const sendCode = command({
  name: 'application.send-code',
  permission: 'application.change',
  params: z.object({}),
  input: noInput,
  find: findOwn,
  async run({ em, ...asking }) {
    const { id } = asking.subject.row;
    const answer = await once(em, asking.key, async (tx) => {
      await recordEmailCode(tx, asking.sealingKey, id, ownCause('application.send-code', asking));
      return { id };
    });
    return { is: 'saved', answer };
  },
});

export const confirmEmail = command({
  name: 'application.confirm-email',
  permission: 'application.change',
  params: z.object({}),
  input: z.object({ code }).strict(),
  find: findOwn,
  run: ({ em, ...asking }) => tryCode(em, 'application.confirm-email', asking, (tx) => nextOf(tx, asking.subject.row)),
});

/** What opens a link: whose it is, is told to nobody before a code was given. @throws {Refusal} EXPIRED */
async function findByLink(em: EntityManager, { link }: { link: string }): Promise<Own> {
  const row = await findReturnLink(em, link, new Date());
  return { ...(await findOrganisation(em, row.organisation)), row, application: row.id };
}

/** The page a link opens: it says that a code will be sent, and nothing else. */
export const showReturn = query({
  name: 'application.return',
  permission: 'application.start',
  params: linkParams,
  input: z.object({}),
  find: findByLink,
  run: async () => ({}),
});

export const sendReturnCode = command({
  name: 'application.send-return-code',
  permission: 'application.start',
  params: linkParams,
  input: noInput,
  find: findByLink,
  async run({ em, ...asking }) {
    const answer = await once(em, asking.key, async (tx) => {
      await recordEmailCode(tx, asking.sealingKey, asking.subject.row.id, ownCause('application.send-return-code', asking));
      return {};
    });
    return { is: 'saved', answer };
  },
});

/** The right code opens the application, and confirms its e-mail address. @returns its id, for the session alone */
export const comeBack = command({
  name: 'application.come-back',
  permission: 'application.start',
  params: linkParams,
  input: z.object({ code }).strict(),
  find: findByLink,
  run: ({ em, ...asking }) => tryCode(em, 'application.come-back', asking, async () => ({ id: asking.subject.row.id })),
});

/** Saves the try first, so that a wrong one counts; then refuses it. The right one's answer is kept in the same transaction. */
async function tryCode<A>(
  em: EntityManager,
  name: string,
  asking: Omit<Asking<{ code: string }, Own>, 'em'>,
  answerOf: (tx: EntityManager) => Promise<A>,
): Promise<Outcome<A>> {
  const { key, input, subject, sealingKey } = asking;
  const given = { application: subject.row.id, digits: readEmailCode(input.code) ?? '', tryKey: `${key.hash}/${key.bodyHash}` };
  const tried = await em.transactional(async (tx) => {
    await lockApplication(tx, given.application);
    const earlier = await recall<A>(tx, key);
    if (earlier) return { right: true as const, ...earlier };
    const cause = ownCause(name, asking);
    const found = await recordCodeTry(tx, sealingKey, given, cause);
    if (!found.right) return found;
    await recordEmailConfirmed(tx, given.application, cause.at);
    const answer = await answerOf(tx);
    await remember(tx, key, answer);
    return { right: true as const, answer };
  });
  if (!tried.right) throw new Refusal('INVALID', wrongCodeWords(tried.triesLeft), { code: 'wrong' });
  return { is: 'saved', answer: tried.answer };
}

/** Sends a new link to whoever knows the reference and the address. Answers the same whether or not they were right. */
export const sendLink = command({
  name: 'application.send-link',
  permission: 'application.start',
  params: z.object({}),
  input: z
    .object({
      reference: z.string('Enter your reference').trim().min(1, 'Enter your reference').max(40, 'Enter your reference'),
      email: emailAddress,
    })
    .strict(),
  find: async () => ({ organisation: '' }),
  async run({ em, ...asking }) {
    const { reference, email } = asking.input;
    const written = reference.toUpperCase().replace(/[^A-Z0-9]/g, '');
    const answer = await once(em, asking.key, async (tx) => {
      const row = await getToSendLink(tx, written, email, new Date());
      if (row) {
        const cause = { ...causeOf('application.send-link', asking, caseIdOf(row.id)), who: row.id };
        await recordLetterWithLink(tx, asking.sealingKey, row, 'application-link', cause);
      }
      return {};
    });
    return { is: 'saved', answer };
  },
});
