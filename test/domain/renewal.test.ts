import type { Actor } from '../../domain/actor.ts';
import {
  mayRenew,
  nextRenewalStage,
  refuseToRenew,
  type Renewal,
  type RenewalAction,
  renewalActionFor,
  renewalActions,
  renewalOrderAt,
  type RenewalStage,
  renewalStages,
  renewalWaitsFor,
} from '../../domain/renewal.ts';

const now = new Date('2027-02-01T12:00:00Z');
const aRenewal = (change: Partial<Renewal> = {}): Renewal => ({
  id: 'renewal',
  organisation: 'ELM',
  person: 'holder',
  smartcard: 'card',
  serial: '8000',
  certificate: 'AB12',
  notAfter: '2027-03-01T12:00:00Z',
  stage: 'open',
  version: 1,
  changedBy: 'system',
  changedAt: '2026-12-01T12:00:00Z',
  remindedFor: null,
  ...change,
});
const expired = aRenewal({ notAfter: '2027-01-31T12:00:00Z' });

const table: Record<RenewalStage, Partial<Record<RenewalAction, RenewalStage>>> = {
  open: { 'make-keys': 'signed', end: 'ended' },
  signed: { 'make-keys': 'signed', write: 'written', 'confirm-by-sign-in': 'done', end: 'ended' },
  written: { 'make-keys': 'signed', write: 'written', confirm: 'done', 'confirm-by-sign-in': 'done', end: 'ended' },
  done: {},
  ended: {},
};

test.each(renewalStages.flatMap((stage) => renewalActions.map((action) => [action, stage] as const)))(
  '%s when it is %s',
  (action, stage) => {
    const to = table[stage][action];
    if (to) expect(nextRenewalStage(aRenewal({ stage }), action)).toBe(to);
    else expect(() => nextRenewalStage(aRenewal({ stage }), action)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
  },
);

test('it waits for the holder while the certificate is good, then for the Registration Authority', () => {
  expect(renewalWaitsFor(aRenewal(), now)).toBe('holder');
  expect(renewalWaitsFor(expired, now)).toBe('ra-agent');
  expect(renewalWaitsFor(aRenewal({ stage: 'done' }), now)).toBeNull();
});

const actor = (id: string, ...roles: Actor['roles']): Actor => ({ kind: 'person', id, organisation: 'ELM', roles });
const people = [
  actor('holder'),
  actor('agent', 'ra-agent'),
  actor('manager', 'ra-manager'),
  actor('sponsor', 'sponsor'),
  actor('unlocker', 'unlocker'),
];

test('who renews before the end, and who after it', () => {
  const of = (renewal: Renewal) => people.filter((each) => mayRenew(each, renewal, now)).map(({ id }) => id);
  expect(of(aRenewal())).toEqual(['holder', 'agent', 'manager', 'sponsor', 'unlocker']);
  expect(of(expired)).toEqual(['agent', 'manager']);
  expect(of(aRenewal({ stage: 'done' }))).toEqual([]);
});

test('too late, the holder is told whom to see', () => {
  const own = () => refuseToRenew(actor('holder', 'ra-agent'), expired, 'Room 4', now);
  expect(own).toThrow(
    expect.objectContaining({ code: 'EXPIRED', message: expect.stringContaining('See your Registration Authority: Room 4') }),
  );
  expect(() => refuseToRenew(actor('sponsor', 'sponsor'), expired, null, now)).toThrow(expect.objectContaining({ code: 'NOT_PERMITTED' }));
  expect(() => refuseToRenew(actor('agent', 'ra-agent'), expired, null, now)).not.toThrow();
});

test('each step of the card is asked for at its stage, and answered by its action', () => {
  expect(renewalStages.map(renewalOrderAt)).toEqual(['renew-keys', 'write-certificates', 'confirm', 'finish', undefined]);
  expect(['renew-keys', 'write-certificates', 'confirm', 'finish'].map(renewalActionFor)).toEqual([
    'make-keys',
    'write',
    'confirm',
    undefined,
  ]);
});
