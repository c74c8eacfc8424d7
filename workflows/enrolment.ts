import { allHandlersFinished, condition, defineUpdate, log, proxyActivities, setHandler } from '@temporalio/workflow';
import type { By } from '../activities/cause.ts';
import type { Activities } from '../activities/index.ts';
import type { AskedEnrolment, EnrolmentStep } from '../db/sign-in/enrolment.ts';
import { type Enrolment, type EnrolmentState, type EnrolmentTerms, isEnrolmentOpen } from '../domain/enrolment.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { answerCase } from './case.ts';
import { firstUpdate } from './first-update.ts';
import { refusing } from './refusing.ts';
import type { Answer, Sent } from './sent.ts';
import { oneAtATime } from './turns.ts';

export type EnrolmentAct = Extract<EnrolmentStep, { number: string }> | { action: 'withdraw' };

export const startEnrolment = defineUpdate<Answer<Enrolment>, [Sent, AskedEnrolment]>('submit');
export const actOnEnrolment = defineUpdate<Answer<Enrolment>, [Sent, EnrolmentAct]>('act');

// 10 seconds: twice the database's statement timeout. No limit of attempts: what was accepted must be saved. Half a minute at most
// between tries: two people are waiting.
const { recordEnrolmentStart, recordEnrolmentStep, remindOfEnrolment, takeUpEnrolment } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumInterval: '30 seconds' },
});

const clock: By = { who: 'system', via: 'workflow' };

/**
 * One registration by a link, from its start until what was registered is confirmed, or the minutes are over and it is removed.
 * The rows are the truth and are judged where they are saved, because the holder's device changes them at the authentication service,
 * which waits for no workflow.
 *
 * @param again the mark of a case that is begun again (workflows/again.ts): it goes on from the rows
 */
export async function enrolment(id: string, terms: EnrolmentTerms, again?: string): Promise<EnrolmentState | 'refused'> {
  const { turn, free } = oneAtATime();
  let now = undefined as Enrolment | undefined;
  let startedBy: By = clock;
  let submitted = again !== undefined;
  let refused = false;
  const isOver = () => now !== undefined && !isEnrolmentOpen(now.state);
  const saveStep = (step: EnrolmentStep, by: By) =>
    turn(async () => {
      if (!now) return refusing(noSuch);
      const { enrolment: saved, wrongLeft } = await recordEnrolmentStep(id, step, by);
      now = saved;
      return wrongLeft === null ? saved : refusing(() => wrongNumber(wrongLeft));
    });

  const takenUp = again && turn(async () => (now = await takeUpEnrolment(id)));
  setHandler(startEnrolment, async ({ bodyHash, ...by }, asked) => {
    submitted = true;
    startedBy = by;
    try {
      return { bodyHash, answer: await turn(async () => (now ??= await recordEnrolmentStart(asked, by, terms))) };
    } catch (error) {
      refused = !now;
      throw error;
    }
  });
  setHandler(actOnEnrolment, async ({ bodyHash, ...by }, act) => ({ bodyHash, answer: await saveStep(act, by) }));
  answerCase({
    remind: (by) => turn(() => remindOfEnrolment(id, by)),
    end: async (ending, by) => void (await saveStep({ action: 'end', ending }, by)),
  });

  if (takenUp) await takenUp;
  await firstUpdate({ came: () => submitted, isSettled: () => now !== undefined || refused });
  if (!now) {
    await condition(allHandlersFinished);
    return 'refused';
  }
  const { expiresAt } = now;
  const leftMs = () => Math.max(1, Date.parse(expiresAt) - Date.now());
  // It waits for whatever the authentication service takes, and no longer than the link would be good for.
  const { sendEnrolmentLink } = proxyActivities<Activities>({
    startToCloseTimeout: '15 seconds', // longer than the adapter waits for an answer
    scheduleToCloseTimeout: leftMs(),
    retry: { maximumInterval: '15 seconds' },
  });
  void sendEnrolmentLink(id, startedBy).catch((error: unknown) => log.warn('The link was not made in time', { error }));
  await condition(isOver, leftMs());
  await condition(free); // a number that came in time counts, though it is saved late
  if (!isOver()) await saveStep({ action: 'expire' }, clock);
  await condition(allHandlersFinished);
  return now.state;
}

function noSuch(): never {
  throw nothingHere();
}

function wrongNumber(left: number): never {
  if (left > 0) {
    const message = `That is not the number. Read it again from the holder’s screen: ${left} ${left === 1 ? 'try is' : 'tries are'} left`;
    throw new Refusal('TOO_MANY_TRIES', message, { number: 'wrong' });
  }
  throw new Refusal('WRONG_STATE', 'The number was wrong too often. What was registered was removed: begin again', { state: 'failed' });
}
