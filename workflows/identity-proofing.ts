import { allHandlersFinished, condition, defineUpdate, log, proxyActivities, setHandler } from '@temporalio/workflow';
import type { By } from '../activities/cause.ts';
import type { ApplicationAction } from '../activities/identity-proofing.ts';
import type { Activities } from '../activities/index.ts';
import type { Decision } from '../domain/identity-check/outcome.ts';
import { type Application, type IdentityProofingTerms, isOver, nextState, type State, termOf } from '../domain/application.ts';
import { nothingHere } from '../domain/refusal.ts';
import { answerCase } from './case.ts';
import { firstUpdate } from './first-update.ts';
import { refusing } from './refusing.ts';
import type { Answer, Sent } from './sent.ts';
import { oneAtATime } from './turns.ts';

export interface Act {
  action: Exclude<ApplicationAction, 'submit' | 'abandon'>;
  /** A code of the table of reasons. */
  reason?: string;
}

export const submitApplication = defineUpdate<Answer<Application>, [Sent]>('submit');
export const actOnApplication = defineUpdate<Answer<Application>, [Sent, Act]>('act');

/** What an ID checker decided. Its row holds the words. */
export const decideIdentity = defineUpdate<Answer<Application>, [Sent, { action: Decision; decision: string }]>('decide-identity');
/** Asks the fraud sources, in the background: they may be away for long. */
export const askFraud = defineUpdate<Answer<null>, [Sent]>('ask-fraud');

// 10 seconds: twice the database's statement timeout. No limit of attempts: what was accepted must be saved, however
// long the database is away, and a manager sees it failing. A minute at most between tries: a person is waiting.
const { recordApplication, endApplication, recordIdentityDecision, handIdentityCheckTo, takeUpApplication } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumInterval: '1 minute' },
});
// A day in all: a later reminder is no use, and must not hold up the end.
const { remindOfApplication } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', scheduleToCloseTimeout: '1 day' });

// Until they answer or the case is over: a source may be away for days. A minute for the slowest; five between tries spare one that is ill.
const { askFraudSources } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumInterval: '5 minutes' } });

const dayMs = 24 * 60 * 60 * 1000;
const system: By = { who: 'system', via: 'workflow' };

/**
 * One application, from when it was sent in until it is decided, withdrawn, ended or given up.
 *
 * @param again the mark of a case that is begun again (workflows/again.ts): it goes on from the rows
 */
export async function identityProofing(id: string, terms: IdentityProofingTerms, again?: string): Promise<State | 'refused'> {
  const { turn, free } = oneAtATime();
  let application = undefined as Application | undefined;
  let submitted = again !== undefined;
  /** The state in which it was taken up has stood for so long already. */
  let stood = { version: 0, ms: 0, isReminded: false };
  let refused = false;
  const over = () => application !== undefined && isOver(application.state);

  /** Saves a change when its turn comes, and judges it only then. That somebody has taken it for a check, the rows know. */
  const save = (action: ApplicationAction, by: By, reason?: string) =>
    turn(async () => {
      const to = refusing(() => (application ? nextState(application, action) : firstState(action)));
      return (application = await recordApplication({ id, action, due: dueIn(to, terms), ...(reason && { detail: { reason } }) }, by));
    });

  let toAsk = undefined as By | undefined;
  // Its turn is the first: an act that came with the start is judged by what the rows say.
  const takenUp = again && turn(takeUp);
  setHandler(submitApplication, async ({ bodyHash, ...by }) => {
    submitted = true;
    try {
      return { bodyHash, answer: await save('submit', by) };
    } catch (error) {
      refused = !application;
      throw error;
    }
  });
  setHandler(actOnApplication, async ({ bodyHash, ...by }, { action, reason }) => ({ bodyHash, answer: await save(action, by, reason) }));
  setHandler(decideIdentity, async ({ bodyHash, ...by }, { action, decision }) => ({
    bodyHash,
    answer: await turn(async () => {
      const due = dueIn(
        refusing(() => nextState(sentIn(application), action)),
        terms,
      );
      return (application = await recordIdentityDecision({ id, action, decision, due }, by));
    }),
  }));
  setHandler(askFraud, async ({ bodyHash, ...by }) => {
    if (takenUp) await takenUp;
    refusing(() => nextState(sentIn(application), 'take'));
    toAsk = by;
    return { bodyHash, answer: null };
  });
  answerCase({
    handTo: (to, by) => turn(() => handIdentityCheckTo(id, to, by)),
    remind: (by) => turn(() => remindOfApplication(id, by)),
    end: (ending, by) => turn(async () => void (application = await endApplication(id, ending, by))),
  });

  if (takenUp) await takenUp;
  await firstUpdate({ came: () => submitted, isSettled: () => application !== undefined || refused });
  void asking();
  while (application && !over()) await standing(application);
  await condition(allHandlersFinished);
  return application?.state ?? 'refused';

  async function takeUp(): Promise<void> {
    const { application: found, isReminded, isAsking } = await takeUpApplication(id);
    application = found;
    stood = { version: found.version, ms: Math.max(0, Date.now() - Date.parse(found.changedAt)), isReminded };
    if (isAsking) toAsk = system;
  }

  /** One question after another, apart from everything else. What is still asked when it is over, nobody waits for. */
  async function asking(): Promise<void> {
    for (;;) {
      await condition(() => toAsk !== undefined);
      const by = toAsk ?? system;
      toAsk = undefined;
      await askFraudSources(id, by).catch((error: unknown) => log.warn('Nothing is left to ask of', { error }));
    }
  }

  /** Until it moves on: reminds once, and then gives up where that may be. */
  async function standing({ state, version }: Application): Promise<void> {
    const moved = () => application?.version !== version;
    const term = termOf(state, terms);
    if (!term) return condition(moved);
    const before = stood.version === version ? stood : { ms: 0, isReminded: false };
    if (await condition(moved, ms(term.remindDays, before.ms))) return;
    if (!before.isReminded) await remindOfApplication(id, system).catch((error: unknown) => log.warn('Nobody was told', { error }));
    if (term.endDays === undefined) return condition(moved);
    if (await condition(moved, ms(term.endDays - term.remindDays, before.ms - term.remindDays * dayMs))) return;
    await condition(free); // what came in time counts, though it is saved late
    if (!moved()) await save('abandon', system);
  }
}

function firstState(action: ApplicationAction): State {
  if (action !== 'submit') throw nothingHere();
  return 'submitted';
}

/** @throws {Refusal} NOT_FOUND while its submission is not saved */
function sentIn(application: Application | undefined): Application {
  if (!application) throw nothingHere();
  return application;
}

function dueIn(state: State, terms: IdentityProofingTerms): string | null {
  const days = termOf(state, terms)?.dueDays;
  return days === undefined ? null : new Date(Date.now() + days * dayMs).toISOString();
}

const ms = (days: number, already = 0) => Math.max(1, days * dayMs - Math.max(0, already));
