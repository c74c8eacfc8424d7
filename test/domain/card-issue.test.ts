import type { Actor } from '../../domain/actor.ts';
import {
  actionFor,
  allowedCardIssueActions,
  type CardIssue,
  type CardIssueAction,
  cardIssueActions,
  type CardIssueStage,
  cardIssueStages,
  cardIssueWaitsFor,
  holdsCard,
  nextStage,
  orderAt,
  refuseToIssue,
} from '../../domain/card-issue.ts';

const anIssue = (change: Partial<CardIssue> = {}): CardIssue => ({
  id: 'issue',
  organisation: 'ELM',
  person: 'holder',
  asker: 'agent',
  assignee: 'agent',
  replaces: null,
  smartcard: null,
  serial: null,
  printer: null,
  printJob: null,
  stage: 'choosing',
  version: 1,
  changedBy: 'agent',
  changedAt: '2026-11-24T09:00:00Z',
  recognisedBy: 'agent',
  ...change,
});

/** What leads where; what is not here is refused. */
const table: Partial<Record<CardIssueStage, Partial<Record<CardIssueAction, CardIssueStage>>>> = {
  choosing: { print: 'printing', 'give-up': 'ended' },
  printing: { printed: 'printed', 'print-failed': 'choosing', 'print-unknown': 'asking-whether-printed' },
  'asking-whether-printed': { 'say-printed': 'printed', 'say-not-printed': 'choosing', 'give-up': 'ended' },
  printed: { print: 'printing', prepare: 'prepared', 'give-up': 'ended' },
  prepared: { 'set-up': 'set-up', discard: 'choosing' },
  'set-up': { 'make-keys': 'signed', discard: 'choosing' },
  signed: { write: 'written', discard: 'choosing' },
  written: { recognise: 'recognised', discard: 'choosing' },
  recognised: { recognise: 'recognised', 'set-passcode': 'done', discard: 'choosing' },
};
const expected = (stage: CardIssueStage, action: CardIssueAction): CardIssueStage | undefined => {
  const isOpen = cardIssueWaitsFor(stage) !== null;
  if (isOpen && action === 'end') return 'ended';
  if (isOpen && action === 'hand-over') return stage;
  return table[stage]?.[action];
};

test.each(cardIssueStages.flatMap((stage) => cardIssueActions.map((action) => [action, stage] as const)))('%s at %s', (action, stage) => {
  const to = expected(stage, action);
  const issue = anIssue({ stage });
  if (to) expect(nextStage(issue, action, 'agent')).toBe(to);
  else
    expect(() => nextStage(issue, action, 'agent')).toThrow(
      expect.objectContaining({ code: 'WRONG_STATE', details: { state: stage, by: 'agent', at: '2026-11-24T09:00:00Z' } }),
    );
});

test('whoever lets the holder choose a passcode has recognised them', () => {
  const issue = anIssue({ stage: 'recognised', recognisedBy: 'agent' });
  expect(() => nextStage(issue, 'set-passcode', 'other')).toThrow('Confirm first that the person in front of you');
  expect(nextStage(issue, 'recognise', 'other')).toBe('recognised');
});

test('nobody issues a card to themselves, nor to somebody whose position they approved', () => {
  const people = { holder: 'holder', issuer: 'agent', approvers: ['sponsor'] };
  expect(() => refuseToIssue(people)).not.toThrow();
  expect(() => refuseToIssue({ ...people, issuer: 'holder' })).toThrow('yourself');
  expect(() => refuseToIssue({ ...people, issuer: 'sponsor' })).toThrow('You approved a position of this person');
});

test('each step of the card is asked for at its stage, and answered by its action', () => {
  expect(cardIssueStages.map((stage) => orderAt(stage)).filter(Boolean)).toEqual([
    'prepare',
    'set-up',
    'make-keys',
    'write-certificates',
    'set-passcode',
  ]);
  expect(
    cardIssueStages
      .map((stage) => orderAt(stage))
      .map((purpose) => purpose && actionFor(purpose))
      .filter(Boolean),
  ).toEqual(['prepare', 'set-up', 'make-keys', 'write', 'set-passcode']);
  expect(actionFor('unlock')).toBeUndefined();
});

test('a case holds a card from when a chip is bound to it until it is active', () => {
  expect(cardIssueStages.filter(holdsCard)).toEqual(['prepared', 'set-up', 'signed', 'written', 'recognised']);
});

test('what is offered is what would be allowed', () => {
  const agent: Actor = { kind: 'person', id: 'agent', organisation: 'ELM', roles: ['ra-agent'] };
  const of = (issue: CardIssue, actor = agent, approvers: string[] = []) => allowedCardIssueActions(issue, actor, approvers);
  expect(of(anIssue())).toEqual(['print', 'give-up']);
  expect(of(anIssue({ stage: 'recognised' }))).toEqual(['recognise', 'set-passcode', 'discard']);
  expect(of(anIssue({ stage: 'recognised', recognisedBy: 'other' }))).toEqual(['recognise', 'discard']);
  expect(of(anIssue(), agent, ['agent'])).toEqual([]);
  expect(of(anIssue(), { ...agent, roles: ['sponsor'] })).toEqual([]);
  expect(of(anIssue({ person: 'agent' }))).toEqual([]);
});
