import {
  canSmartcard,
  isHeld,
  refuseStep,
  refuseToUnlock,
  type SmartcardState,
  smartcardStates,
  type SmartcardStep,
  smartcardSteps,
} from '../../domain/smartcard.ts';

const allowed: Record<SmartcardStep, SmartcardState[]> = {
  issue: ['issuing'],
  discard: ['issuing'],
  unlock: ['active', 'locked'],
  'report-lost': ['active', 'locked'],
  'report-stolen': ['active', 'locked'],
  cancel: ['active', 'locked'],
  replace: ['active', 'locked'],
};
const steps = Object.keys(smartcardSteps) as SmartcardStep[];

test.each(steps.flatMap((step) => smartcardStates.map((state) => [step, state] as const)))('%s of a card that is %s', (step, state) => {
  expect(canSmartcard(step, state)).toBe(allowed[step].includes(state));
  const refusing = () => refuseStep(step, { state, endedAt: new Date('2026-11-01T10:00:00Z') });
  if (allowed[step].includes(state)) expect(refusing).not.toThrow();
  else expect(refusing).toThrow(expect.objectContaining({ code: 'WRONG_STATE', details: { state, at: '2026-11-01T10:00:00.000Z' } }));
});

test('a card that ends takes its certificates along, and no other step does', () => {
  const revoking = steps.filter((step) => smartcardSteps[step].revokes);
  expect(revoking.every((step) => !isHeld(smartcardSteps[step].to))).toBe(true);
  expect(steps.filter((step) => !revoking.includes(step)).every((step) => smartcardSteps[step].to === 'active')).toBe(true);
  expect(smartcardSteps['report-lost'].revokes).toBe('keyCompromise');
  expect(smartcardSteps.replace.revokes).toBe('superseded');
});

const people = { holder: 'holder', unlocker: 'unlocker', changedContact: [] };

test('a card is unlocked by somebody else than its holder, who has not just changed how the holder is reached', () => {
  expect(() => refuseToUnlock(people)).not.toThrow();
  expect(() => refuseToUnlock({ ...people, changedContact: ['holder', 'somebody'] })).not.toThrow();
  expect(() => refuseToUnlock({ ...people, unlocker: 'holder' })).toThrow('You cannot unlock your own smartcard');
  expect(() => refuseToUnlock({ ...people, changedContact: ['unlocker'] })).toThrow('in the last 72 hours');
});
