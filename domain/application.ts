/**
 * Applications for a Care ID: where one can stand, what moves it on, and whom it then waits for.
 * The workflow identity-proofing, its activities, the applicant's pages and those of the back office ask this table.
 */
import type { Actor } from './actor.ts';
import { namesIn } from './names.ts';
import { type Permission, refuseUnless, type Subject } from './permission.ts';
import { Refusal } from './refusal.ts';

export const states = [
  'draft',
  'submitted',
  'expected',
  'checking',
  'more-needed',
  'verified',
  'refused',
  'withdrawn',
  'abandoned',
] as const;
export type State = (typeof states)[number];

/** What goes through Temporal: ids, states and dates. */
export interface Application {
  readonly id: string;
  readonly organisation: string;
  readonly state: State;
  /** One more with each change that the workflow records; taking it for a check and releasing it are none. */
  readonly version: number;
  /** One more with each change of the evidence that was sent in. A check of an older one is void. */
  readonly evidenceVersion: number;
  readonly changedBy: string;
  readonly changedAt: string;
}

interface Step {
  /** From each state in which it can happen, the state it leads to. */
  readonly moves: Readonly<Partial<Record<State, State>>>;
  readonly permission: Permission | 'system';
}

/** The whole lifecycle. What is not in this table cannot happen. */
export const steps = {
  submit: { moves: { draft: 'submitted' }, permission: 'application.change' },
  expect: { moves: { submitted: 'expected' }, permission: 'application.expect' },
  decline: { moves: { submitted: 'refused' }, permission: 'application.expect' },
  // Taken and released by rows alone, so the workflow knows of 'expected' only. A lease that ran out may be taken over.
  take: { moves: { expected: 'checking', checking: 'checking' }, permission: 'identity-check.take' },
  release: { moves: { checking: 'expected' }, permission: 'identity-check.work' },
  'ask-more': { moves: { expected: 'more-needed', checking: 'more-needed' }, permission: 'identity-check.work' },
  verify: { moves: { expected: 'verified', checking: 'verified' }, permission: 'identity-check.work' },
  refuse: { moves: { expected: 'refused', checking: 'refused' }, permission: 'identity-check.work' },
  // Whoever was checking it begins again: what they looked at is not all there is.
  'add-evidence': {
    moves: { submitted: 'submitted', expected: 'expected', checking: 'expected', 'more-needed': 'expected' },
    permission: 'application.change',
  },
  // What was asked needed no document: a meeting, a call. The applicant says that it was done, or a checker that it was.
  answer: { moves: { 'more-needed': 'expected' }, permission: 'application.change' },
  resume: { moves: { 'more-needed': 'expected' }, permission: 'identity-check.take' },
  withdraw: {
    moves: { submitted: 'withdrawn', expected: 'withdrawn', checking: 'withdrawn', 'more-needed': 'withdrawn' },
    permission: 'application.change',
  },
  abandon: { moves: { submitted: 'abandoned', 'more-needed': 'abandoned' }, permission: 'system' },
  // By a manager, with a reason (db/open-case/case-ending.ts).
  end: {
    moves: { submitted: 'abandoned', expected: 'abandoned', checking: 'abandoned', 'more-needed': 'abandoned' },
    permission: 'open-case.act',
  },
} as const satisfies Record<string, Step>;
export type Action = keyof typeof steps;
export const actions = Object.keys(steps) as Action[];

export type Waiter = 'sponsor' | 'id-checker' | 'applicant';

/** How an open application stands on the list of open cases, and who has to do something next. */
export const stages: Readonly<Partial<Record<State, { readonly stage: string; readonly waitsFor: Waiter }>>> = {
  submitted: { stage: 'not-expected', waitsFor: 'sponsor' },
  expected: { stage: 'to-check', waitsFor: 'id-checker' },
  checking: { stage: 'checking', waitsFor: 'id-checker' },
  'more-needed': { stage: 'more-needed', waitsFor: 'applicant' },
};

/** In two groups of five, as people read it out. */
export const referenceInWords = (reference: string): string => `${reference.slice(0, 5)} ${reference.slice(5)}`;

/** Null while it is a draft, and when it is over. */
export const waitsFor = (state: State): Waiter | null => stages[state]?.waitsFor ?? null;

/** Decided, withdrawn or given up: nothing can happen to it any more. */
export const isOver = (state: State): boolean => state !== 'draft' && waitsFor(state) === null;

/** Whether documents and photographs may be added: in a draft, and while it is open. */
export const takesEvidence = (state: State): boolean => !isOver(state);

/** @throws {Refusal} WRONG_STATE with what it is, by whom and since when */
export function nextState(application: Application, action: Action): State {
  const { moves }: Step = steps[action];
  const to = moves[application.state];
  if (!to) throw wrongState(application);
  return to;
}

export function wrongState({ state, changedBy, changedAt }: Application): Refusal {
  return new Refusal('WRONG_STATE', `This application ${stateWords[state]}`, { state, by: changedBy, at: changedAt });
}

/** The end of "This application …", for those who work on it. */
export const stateWords: Readonly<Record<State, string>> = {
  draft: 'has not been sent in',
  submitted: 'waits for somebody to say that the person is expected',
  expected: 'waits for an ID checker',
  checking: 'is being checked',
  'more-needed': 'waits for more from the applicant',
  verified: 'was verified',
  refused: 'was refused',
  withdrawn: 'was withdrawn',
  abandoned: 'was given up',
};

/** Why an organisation says that it does not expect somebody. */
export const declineReasons = {
  unknown: 'We do not know this person',
  'not-joining': 'They are not joining us, or not now',
  'no-care-id-needed': 'Their work needs no Care ID',
} as const;
export type DeclineReason = keyof typeof declineReasons;
export const declineReasonNames = namesIn(declineReasons);

/** The actions to offer. Asks the rules themselves, so a button and its refusal cannot disagree. */
export function allowedActions(application: Application & Subject, actor: Actor): Action[] {
  return actions.filter((action) => {
    const { permission }: Step = steps[action];
    if (permission === 'system') return false;
    try {
      refuseUnless(actor, permission, application);
      nextState(application, action);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  });
}

/** From settings, so that a change of settings leaves open cases as they began. Each counted from when it came to stand so. */
export interface IdentityProofingTerms {
  /** Nobody said that the person is expected: sponsors are told; then it is given up. */
  expectRemindDays: number;
  expectWithinDays: number;
  /** Nobody checked it: ID checkers are told. It is never given up. */
  checkWithinDays: number;
  /** The applicant was asked for more: they are told again; then it is given up. */
  answerRemindDays: number;
  answerWithinDays: number;
}

export interface Term {
  remindDays: number;
  /** What the list of open cases shows as due. */
  dueDays: number;
  /** When it is given up. */
  endDays?: number;
}

/** How long it may stand so; undefined where it is over. */
export function termOf(state: State, terms: IdentityProofingTerms): Term | undefined {
  const { expectRemindDays, expectWithinDays, checkWithinDays, answerRemindDays, answerWithinDays } = terms;
  if (state === 'submitted') return { remindDays: expectRemindDays, dueDays: expectWithinDays, endDays: expectWithinDays };
  if (state === 'expected' || state === 'checking') return { remindDays: checkWithinDays, dueDays: checkWithinDays };
  if (state === 'more-needed') return { remindDays: answerRemindDays, dueDays: answerWithinDays, endDays: answerWithinDays };
  return undefined;
}
