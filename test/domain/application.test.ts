import type { Actor, Role } from '../../domain/actor.ts';
import { isFinished, openQuestions, refuseUnlessComplete, usuallyMissing, type Answers } from '../../domain/application-answers.ts';
import {
  type Action,
  actions,
  allowedActions,
  type Application,
  isOver,
  nextState,
  type State,
  states,
  takesEvidence,
  termOf,
  waitsFor,
} from '../../domain/application.ts';
import { standings, stateNames } from '../../domain/application-words.ts';

const anApplication = (state: State): Application => ({
  id: 'a',
  organisation: 'ELM',
  state,
  version: 3,
  evidenceVersion: 1,
  changedBy: 'somebody',
  changedAt: '2026-11-24T09:00:00.000Z',
});

const open: State[] = ['submitted', 'expected', 'checking', 'more-needed'];
const leadsTo = (to: State, ...from: State[]) => Object.fromEntries(from.map((state) => [state, to]));
const expected: Record<Action, Partial<Record<State, State>>> = {
  submit: leadsTo('submitted', 'draft'),
  expect: leadsTo('expected', 'submitted'),
  decline: leadsTo('refused', 'submitted'),
  take: leadsTo('checking', 'expected', 'checking'),
  release: leadsTo('expected', 'checking'),
  'ask-more': leadsTo('more-needed', 'expected', 'checking'),
  verify: leadsTo('verified', 'expected', 'checking'),
  refuse: leadsTo('refused', 'expected', 'checking'),
  'add-evidence': { submitted: 'submitted', ...leadsTo('expected', 'expected', 'checking', 'more-needed') },
  answer: leadsTo('expected', 'more-needed'),
  resume: leadsTo('expected', 'more-needed'),
  withdraw: leadsTo('withdrawn', ...open),
  abandon: leadsTo('abandoned', 'submitted', 'more-needed'),
  end: leadsTo('abandoned', ...open),
};

const every = actions.flatMap((action) => states.map((state) => [action, state, expected[action][state]] as const));
test.each(every)('%s from %s leads to %s, or is refused', (action, state, to) => {
  const act = () => nextState(anApplication(state), action);
  if (to) expect(act()).toBe(to);
  else
    expect(act).toThrow(
      expect.objectContaining({ code: 'WRONG_STATE', details: { state, by: 'somebody', at: '2026-11-24T09:00:00.000Z' } }),
    );
});

test('no case reaches a checker before somebody expects the person', () => {
  const reach = new Set<State>(['draft']);
  for (let grew = true; grew;) {
    const before = reach.size;
    for (const action of actions.filter((each) => each !== 'expect')) {
      for (const state of states.filter((each) => reach.has(each))) {
        const to = expected[action][state];
        if (to) reach.add(to);
      }
    }
    grew = reach.size > before;
  }
  expect(['expected', 'checking', 'verified'].filter((state) => reach.has(state as State))).toEqual([]);
});

test('each open state waits for somebody and takes evidence; the others are over and take none', () => {
  expect(states.filter((state) => waitsFor(state))).toEqual(open);
  expect(states.filter(isOver)).toEqual(['verified', 'refused', 'withdrawn', 'abandoned']);
  expect(states.filter(takesEvidence)).toEqual(['draft', ...open]);
});

test('only what waits for the organisation or the applicant is given up; a check is only due', () => {
  const terms = { expectRemindDays: 3, expectWithinDays: 30, checkWithinDays: 5, answerRemindDays: 7, answerWithinDays: 28 };
  const ends = states.map((state) => [state, termOf(state, terms)?.endDays] as const).filter(([, days]) => days !== undefined);
  expect(ends).toEqual([
    ['submitted', 30],
    ['more-needed', 28],
  ]);
  expect(termOf('checking', terms)).toEqual({ remindDays: 5, dueDays: 5 });
});

const actor = (...roles: Role[]): Actor => ({ kind: 'person', id: 'p', organisation: 'ELM', roles });
const applicant = (id: string): Actor => ({ kind: 'applicant', id, organisation: 'ELM', roles: [] });
test.each([
  ['a sponsor', actor('sponsor'), ['expect', 'decline']],
  ['an ID checker', actor('id-checker'), []],
  ['an RA agent', actor('ra-agent'), ['expect', 'decline']],
  ['the applicant', applicant('a'), ['add-evidence', 'withdraw']],
  ['another applicant', applicant('b'), []],
  ['a sponsor of elsewhere', { ...actor('sponsor'), organisation: 'OAK' }, []],
])('%s is offered what they may do to one that nobody expects yet', (_who, who, offered) => {
  expect(allowedActions({ ...anApplication('submitted'), application: 'a' }, who)).toEqual(offered);
});

test('an applicant’s words tell nothing of checkers’ reasons or of duplicates, in any state', () => {
  const words = Object.values(standings).map(({ heading, words: text }) => `${heading} ${text}`);
  expect(words).toHaveLength(states.length);
  expect(Object.keys(stateNames)).toHaveLength(states.length);
  expect(words.filter((text) => /already|duplicate|another application|same person|fraud/i.test(text))).toEqual([]);
});

const complete: Answers = {
  givenName: null,
  middleNames: null,
  familyName: 'Suharto',
  dateOfBirth: '1996-02-29',
  nationalInsuranceNumber: null,
  noNumberReason: 'applied-for',
  email: 'a@example.org',
  mobile: '07700900123',
  job: 'Nurse',
  hasPhotograph: true,
  emailConfirmed: true,
};
const passport = { type: 'passport-with-chip', described: true, photographs: 1 } as const;

test('an application is complete without a given name and without a National Insurance number', () => {
  expect(openQuestions(complete, [passport])).toEqual([]);
  expect(() => refuseUnlessComplete(complete, [passport])).not.toThrow();
});

test.each([
  ['name', { familyName: null }],
  ['date-of-birth', { dateOfBirth: null }],
  ['national-insurance-number', { noNumberReason: null }],
  ['contact', { mobile: null }],
  ['job', { job: null }],
  ['photograph', { hasPhotograph: false }],
  ['email-code', { emailConfirmed: false }],
] as const)('%s is asked for while it is open', (question, missing) => {
  expect(openQuestions({ ...complete, ...missing }, [passport])).toEqual([question]);
  expect(() => refuseUnlessComplete({ ...complete, ...missing }, [passport])).toThrow(
    expect.objectContaining({ code: 'INVALID', details: { [question]: 'open' } }),
  );
});

test('documents are finished when they are described and photographed, and one at least is needed', () => {
  expect(openQuestions(complete, [])).toEqual(['documents']);
  expect(isFinished({ ...passport, photographs: 0 })).toBe(false);
  expect(openQuestions(complete, [passport, { ...passport, described: false }])).toEqual(['documents']);
});

test.each([
  [['passport-with-chip', 'bank-account', 'council-tax'], 0],
  [['passport-with-chip', 'uk-driving-licence', 'bank-account'], 0],
  [['passport-with-chip', 'uk-driving-licence', 'pass-card'], 0],
  [['uk-driving-licence'], 2],
  [['bank-account', 'council-tax', 'utility-account'], 1],
  [[], 3],
] as const)('of %j there is missing so much of the usual three', (types, count) => {
  expect(usuallyMissing(types)).toHaveLength(count);
});
