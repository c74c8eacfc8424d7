import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineUpdate,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { By } from '../activities/cause.ts';
import type { Activities } from '../activities/index.ts';
import type { AskedIssue, CardIssueChange } from '../db/smartcard/card-issue.ts';
import {
  type CardIssue,
  type CardIssueAction,
  type CardIssueStage,
  cardIssueWaitsFor,
  nextStage,
  wrongStage,
} from '../domain/card-issue.ts';
import type { EndedPrintState } from '../domain/print-job.ts';
import { nothingHere } from '../domain/refusal.ts';
import { answerCase } from './case.ts';
import { firstUpdate } from './first-update.ts';
import { printCard } from './printing.ts';
import { refusing } from './refusing.ts';
import type { Answer, Sent } from './sent.ts';
import { oneAtATime } from './turns.ts';

/** From settings, so that a change of settings leaves open cases as they began. */
export interface CardIssueTerms {
  /** By then a card should be with its holder; after that who has the case is reminded, and again after each such time. */
  dueAfterDays: number;
}

/** What an agent does; the rest the workflow or a manager does. */
export type WorkAction = Exclude<CardIssueAction, 'printed' | 'print-failed' | 'print-unknown' | 'hand-over' | 'end'>;
export interface CardWork {
  action: WorkAction;
  printer?: string;
  /** Of the order whose answer the step goes by. */
  nonce?: string;
}

export const startCardIssue = defineUpdate<Answer<CardIssue>, [Sent, AskedIssue]>('start');
export const workOnCardIssue = defineUpdate<Answer<CardIssue>, [Sent, CardWork]>('work');

// 10 seconds: twice the database's statement timeout. No limit of attempts: what was accepted must be saved, however
// long the database is away, and a manager sees it failing. A minute at most between tries: a person is waiting.
const { recordCardIssue, signCertificates, takeUpCardIssue } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumInterval: '1 minute' },
});
// A day in all: a later reminder is no use.
const { tellOfCardIssue } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', scheduleToCloseTimeout: '1 day' });

const dayMs = 24 * 60 * 60 * 1000;
const system: By = { who: 'system', via: 'workflow' };

/**
 * One card, from the printer until its holder alone can use it, or the case is ended.
 *
 * @param again the mark of a case that is begun again (workflows/again.ts): it goes on from the rows
 */
export async function cardIssue(id: string, { dueAfterDays }: CardIssueTerms, again?: string): Promise<CardIssueStage | 'refused'> {
  const began = Date.now();
  const { turn, free } = oneAtATime();
  let issue = undefined as CardIssue | undefined;
  let started = again !== undefined;
  let firstDue = began + dueAfterDays * dayMs;
  let refused = false;
  const isOver = () => issue !== undefined && cardIssueWaitsFor(issue.stage) === null;

  /** Judges a change only when its turn comes: the one before may have been refused, or have changed the answer. */
  const save = (by: By, change: CardWork | { action: CardIssueAction; ending?: string; assignee?: string }) =>
    turn(async () => {
      const judged = refusing((): Exclude<CardIssueChange, { action: 'start' }> => {
        if (!issue) throw nothingHere();
        return { ...change, issue, to: nextStage(issue, change.action, by.who) };
      });
      const nonce = 'nonce' in change ? change.nonce : undefined;
      if (change.action === 'make-keys' && nonce) await signCertificates({ kind: 'card-issue', id, nonce }, by);
      issue = await recordCardIssue(judged, by);
      return issue;
    });

  // Its turn is the first: an act that came with the start is judged by what the rows say.
  const takenUp = again && turn(takeUp);
  setHandler(startCardIssue, async ({ bodyHash, ...by }, asked) => {
    started = true;
    const due = new Date(began + dueAfterDays * dayMs).toISOString();
    try {
      const answer = await turn(async () => {
        refusing(() => refuseAgain(issue));
        return (issue = await recordCardIssue({ action: 'start', issue: asked, due }, by));
      });
      return { bodyHash, answer };
    } catch (error) {
      refused = !issue;
      throw error;
    }
  });
  setHandler(workOnCardIssue, async ({ bodyHash, ...by }, work) => ({ bodyHash, answer: await save(by, work) }));
  answerCase({
    remind: (by) => turn(() => tellOfCardIssue(id, by)),
    handTo: async (assignee, by) => void (await save(by, { action: 'hand-over', assignee })),
    end: async (ending, by) => void (await save(by, { action: 'end', ending })),
  });

  if (takenUp) await takenUp;
  await firstUpdate({ came: () => started, isSettled: () => issue !== undefined || refused });
  if (!issue) {
    await condition(allHandlersFinished);
    return 'refused';
  }
  for (let due = firstDue; !isOver();) {
    const happened = await condition(() => isOver() || issue?.stage === 'printing', Math.max(1, due - Date.now()));
    if (isOver()) break;
    if (happened) await print();
    else {
      await tellOfCardIssue(id, system).catch((error: unknown) => log.warn('Nobody was told', { error }));
      due += Math.max(1, dueAfterDays * dayMs);
    }
  }
  await condition(allHandlersFinished);
  return issue.stage;

  /** What was due while it was lost is said once. */
  async function takeUp(): Promise<void> {
    const found = await takeUpCardIssue(id);
    issue = found.issue;
    if (found.due) firstDue = Math.max(Date.parse(found.due), Date.now());
  }

  /** Waits for the printer as long as it takes, unless a manager ends the case meanwhile. */
  async function print(): Promise<void> {
    const job = issue?.printJob ?? '';
    const scope = new CancellationScope();
    let outcome = undefined as EndedPrintState | undefined;
    const printing = scope
      .run(() => printCard(job))
      .then(
        (ended) => void (outcome = ended),
        (error: unknown) => {
          if (isCancellation(error)) return;
          log.warn('Nobody knows whether the card was printed', { error });
          outcome = 'unknown';
        },
      );
    await Promise.race([printing, condition(isOver)]);
    scope.cancel();
    await printing;
    await condition(free);
    if (outcome && issue?.stage === 'printing') await save(system, { action: outcomes[outcome] });
  }
}

const outcomes = { printed: 'printed', failed: 'print-failed', unknown: 'print-unknown' } as const satisfies Record<
  EndedPrintState,
  CardIssueAction
>;

function refuseAgain(issue: CardIssue | undefined): void {
  if (issue) throw wrongStage(issue);
}
