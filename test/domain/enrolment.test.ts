import { randomInt } from 'node:crypto';
import {
  type Enrolling,
  type Enrolment,
  type EnrolmentAction,
  enrolmentStates,
  enrolmentSteps,
  enrolmentWaitsFor,
  makeEnrolmentCode,
  nextEnrolmentState,
  readEnrolmentCode,
  readEnrolmentNumber,
  refuseToEnrol,
} from '../../domain/enrolment.ts';
import { mayStep, nextPersonState, type PersonAction, personActions } from '../../domain/person-state.ts';

const allowed: Record<EnrolmentAction, Partial<Record<string, string>>> = {
  send: { asked: 'sent' },
  register: { sent: 'registered' },
  confirm: { registered: 'confirmed' },
  withdraw: { asked: 'withdrawn', sent: 'withdrawn', registered: 'withdrawn' },
  expire: { asked: 'expired', sent: 'expired', registered: 'expired' },
  fail: { asked: 'failed', sent: 'failed', registered: 'failed' },
  end: { asked: 'ended', sent: 'ended', registered: 'ended' },
};
const every = enrolmentStates.flatMap((state) =>
  (Object.keys(enrolmentSteps) as EnrolmentAction[]).map((action) => [state, action, allowed[action][state]] as const),
);

test.each(every)('a registration that is %s, on %s: %s', (state, action, to) => {
  const enrolment = { state, changedBy: 'system', changedAt: '2026-11-25T09:00:00Z' } as Enrolment;
  if (to) expect(nextEnrolmentState(enrolment, action)).toBe(to);
  else expect(() => nextEnrolmentState(enrolment, action)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
});

test('it waits for whoever registers, then for the witness, then for nobody', () => {
  const waits = enrolmentStates.map((state) => enrolmentWaitsFor(state));
  expect(waits).toEqual(['worker', 'worker', 'asker', null, null, null, null, null]);
});

test('every code made is read again, however it is typed; letters that look like others are in none', () => {
  for (let n = 0; n < 500; n += 1) {
    const code = makeEnrolmentCode(randomInt);
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{8}$/);
    expect(readEnrolmentCode(` ${code.slice(0, 4).toLowerCase()} – ${code.slice(4)}`)).toBe(code);
  }
});
test.each(['', 'AAAAAAA', 'AAAAAAAAA', 'AAAAAAA0', 'AAAAAAAI', 'ÄAAAAAAA'])('%j is no code', (typed) => {
  expect(readEnrolmentCode(typed)).toBeNull();
});
test('a number is six digits, spaces or none', () => {
  expect(['012 345', '012345', '０12345'].map(readEnrolmentNumber)).toEqual(['012345', '012345', '012345']);
  expect(['12345', '1234567', '12345x', ''].map(readEnrolmentNumber)).toEqual([null, null, null, null]);
});

const now = new Date('2026-11-25T09:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const good: Enrolling = {
  witness: 'w',
  person: 'p',
  state: 'active',
  email: 'p@example.org',
  contactChangedAt: null,
  isEmailShared: false,
};
test.each<[string, Partial<Enrolling>, string | null]>([
  ['somebody with an address of their own', {}, null],
  ['one changed 73 hours ago', { contactChangedAt: hoursAgo(73) }, null],
  ['one changed 71 hours ago', { contactChangedAt: hoursAgo(71) }, 'WRONG_STATE'],
  ['one that another has too', { isEmailShared: true }, 'WRONG_STATE'],
  ['nobody to write to', { email: null }, 'WRONG_STATE'],
  ['the witness', { witness: 'p' }, 'SAME_PERSON'],
  ['somebody suspended', { state: 'suspended' }, 'WRONG_STATE'],
  ['somebody closed', { state: 'closed' }, 'WRONG_STATE'],
])('a link for %s', (_whom, changed, code) => {
  const judge = () => refuseToEnrol({ ...good, ...changed }, now);
  if (code) expect(judge).toThrow(expect.objectContaining({ code }));
  else expect(judge).not.toThrow();
});

const steps: Record<PersonAction, Partial<Record<string, string>>> = {
  suspend: { active: 'suspended' },
  close: { active: 'closed', suspended: 'closed' },
  reopen: { suspended: 'active', closed: 'active' },
};
test.each(personActions.flatMap((action) => (['active', 'suspended', 'closed'] as const).map((state) => [action, state] as const)))(
  'to %s somebody who is %s',
  (action, state) => {
    const to = steps[action][state];
    expect(mayStep(state, action)).toBe(to !== undefined);
    if (to) expect(nextPersonState(state, action)).toBe(to);
    else expect(() => nextPersonState(state, action)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
  },
);
