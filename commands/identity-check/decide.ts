/** What reaches the workflow of an application: the question to the fraud sources, and the checker's decision. */
import { z } from 'zod';
import { asApplication, caseIdOf } from '../../db/application/application.ts';
import { recordFraudQuestion } from '../../db/identity-check/fraud-question.ts';
import { isBegun, once } from '../../db/idempotency.ts';
import { loadCheck, lockToAnswer, recordWorkedOn } from '../../db/identity-check/identity-check.ts';
import { recordDraftedDecision } from '../../db/identity-check/identity-decision.ts';
import { type Application, isOver, wrongState } from '../../domain/application.ts';
import { londonDay } from '../../domain/days.ts';
import { aboutFraud } from '../../domain/identity-check/check.ts';
import {
  askNames,
  decisions,
  duplicateReason,
  outcomeOf,
  refusalReasonNames,
  refuseUnlessLeft,
} from '../../domain/identity-check/outcome.ts';
import { askFraud, decideIdentity } from '../../workflows/identity-proofing.ts';
import { command, type Outcome, uuidFrom } from '../command.ts';
import { update } from '../update.ts';
import { checkCause, type Checking, find, noInput, params } from './fields.ts';

/** Asks the fraud sources of all documents, with their numbers as the checker read them. They may take long: the page says who has answered. */
export const askFraudSources = command({
  name: 'identity-check.ask-fraud-sources',
  permission: 'identity-check.work',
  params,
  input: noInput,
  find,
  async run(asking): Promise<Outcome<{ id: string }>> {
    const { em, temporal, key, actor } = asking;
    const { id } = asking.subject;
    // Under a key of its own: that it was asked is saved before the workflow is, whose answer the command's key keeps.
    await once(em, { ...key, hash: `${key.hash}/asked` }, async (tx) => {
      const cause = checkCause('identity-check.ask-fraud-sources', asking);
      const row = await lockToAnswer(tx, id, actor.id);
      await recordFraudQuestion(tx, row, aboutFraud(await loadCheck(tx, row, actor.id)), cause);
      await recordWorkedOn(tx, row, 'fraud', cause);
      return null;
    });
    const outcome = await update<null>(
      asking,
      () =>
        temporal.workflow
          .getHandle(caseIdOf(id))
          .startUpdate(askFraud, { args: [sentBy(asking)], updateId: key.hash, waitForStage: 'ACCEPTED' }),
      () => refuseClosed(asking),
    );
    return outcome.is === 'saved' ? { is: 'saved', answer: { id } } : outcome;
  },
});

const several = z
  .preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(z.enum(askNames)).default([]))
  .transform((given) => [...new Set(given)]);

export const decide = command({
  name: 'identity-check.decide',
  permission: 'identity-check.work',
  params,
  input: z
    .object({
      decision: z.enum(decisions, 'Select what you decide'),
      reason: z.enum([...refusalReasonNames, duplicateReason], 'Select why you refuse').optional(),
      /** What the applicant is asked for, and what else they are told. */
      asks: several,
      text: z.string().trim().max(1000, 'Enter 1,000 letters or fewer').optional(),
    })
    .strict()
    .refine(({ decision, reason }) => decision !== 'refuse' || reason, { path: ['reason'], error: 'Select why you refuse' })
    .refine(({ decision, reason, text }) => decision !== 'refuse' || reason === duplicateReason || text, {
      path: ['text'],
      error: 'Enter what you found, for whoever asks later',
    })
    .refine(({ decision, asks, text }) => decision !== 'ask-more' || asks.length > 0 || text, {
      path: ['asks'],
      error: 'Select or enter what the person is to add',
    }),
  find,
  async run({ input: { decision, reason = null, asks, text }, ...asking }): Promise<Outcome<Application>> {
    const { em, temporal, key, actor, identityCheck } = asking;
    const { id, organisation, row } = asking.subject;
    // Told now what the rules will say. Once it was sent, they have said it: the answer is only asked after.
    if (row.state === 'checking' && row.leasedBy === actor.id && !(await isBegun(em, key)))
      refuseUnlessLeft(decision, reason, outcomeOf(await loadCheck(em, row, actor.id), identityCheck, londonDay(new Date())));
    const drafted = uuidFrom(key);
    const refusing = decision === 'refuse';
    await recordDraftedDecision(em, {
      id: drafted,
      application: id,
      organisation,
      checker: actor.id,
      decision,
      reason: refusing ? reason : null,
      words: text || null,
      asks: decision === 'ask-more' ? asks : [],
    });
    return update<Application>(
      asking,
      () =>
        temporal.workflow
          .getHandle(caseIdOf(id))
          .startUpdate(decideIdentity, {
            args: [sentBy(asking), { action: decision, decision: drafted }],
            updateId: key.hash,
            waitForStage: 'ACCEPTED',
          }),
      () => refuseClosed(asking),
    );
  },
});

type Sending = Pick<Checking, 'actor' | 'caller' | 'key' | 'em' | 'subject'>;
const sentBy = ({ actor, caller, key }: Sending) => ({ who: actor.id, via: caller.via, bodyHash: key.bodyHash });

/** When its workflow is over, says who ended it and when. */
async function refuseClosed({ em, subject }: Sending): Promise<never> {
  const found = asApplication(await em.refreshOrFail(subject.row));
  if (!isOver(found.state)) throw new Error(`${caseIdOf(found.id)} is open, and has no workflow`);
  throw wrongState(found);
}
