import { isOver, states } from '../../domain/application.ts';
import { removals, removalsDue } from '../../domain/retention.ts';

const terms = { draftDays: 14, evidenceDays: 30, endedDays: 7 };
const now = new Date('2026-11-24T12:00:00Z');

test('nothing that is open loses anything; everything that is over, and every draft, does', () => {
  expect(states.filter((state) => removals[state])).toEqual(states.filter((state) => state === 'draft' || isOver(state)));
});

test('evidence goes after the decision, all of a draft or an ended application after its own term', () => {
  expect(removalsDue(terms, now)).toEqual([
    { removes: 'everything', states: ['draft'], before: new Date('2026-11-10T12:00:00Z') },
    { removes: 'evidence', states: ['verified', 'refused'], before: new Date('2026-10-25T12:00:00Z') },
    { removes: 'everything', states: ['withdrawn', 'abandoned'], before: new Date('2026-11-17T12:00:00Z') },
  ]);
});

test('what is verified or refused never loses everything: the outcome stays', () => {
  for (const state of ['verified', 'refused'] as const) expect(removals[state]?.map(({ removes }) => removes)).toEqual(['evidence']);
});
