import {
  laneHealth,
  laneSentence,
  scheduledHealth,
  type ScheduledFacts,
  scheduledSentence,
  workInWords,
} from '../../domain/background-work.ts';

const now = new Date('2026-11-25T10:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const facts = (changes: Partial<ScheduledFacts> = {}): ScheduledFacts => ({
  everySeconds: 3600,
  knownAt: minutesAgo(10_000),
  goodAt: minutesAgo(30),
  failing: null,
  ...changes,
});
const failing = { since: minutesAgo(48), error: 'PrinterUnreachable', attempts: 7, nextTryAt: new Date('2026-11-25T10:31:00Z') };

test.each<[string, Partial<ScheduledFacts>, string, RegExp]>([
  ['on time', {}, 'on-time', /^Last good run: 09:30; next by 10:30$/],
  ['on time within its grace', { goodAt: minutesAgo(64) }, 'on-time', /next by 09:56/],
  ['late after it', { goodAt: minutesAgo(67) }, 'late', /^Due 09:53, and not run: see whether the workflow worker.*Last good run: 08:53$/],
  ['new', { goodAt: null, knownAt: minutesAgo(1) }, 'new', /^First run by 10:59$/],
  ['late when it never ran', { goodAt: null }, 'late', /No good run yet/],
  [
    'failing, whatever else',
    { failing },
    'failing',
    /^Failing since 09:12 \(PrinterUnreachable\); tried 7 times; next try 10:31. Last good run: 09:30$/,
  ],
  ['failing for the last time', { failing: { ...failing, nextTryAt: null, attempts: 1 } }, 'failing', /tried 1 time\. Last/],
])('scheduled work is %s', (_name, changes, health, sentence) => {
  expect(scheduledHealth(facts(changes), now)).toBe(health);
  expect(scheduledSentence(facts(changes), now)).toMatch(sentence);
});

test('a day that is not today is said with its day', () => {
  expect(scheduledSentence(facts({ everySeconds: 86_400, goodAt: minutesAgo(20 * 60) }), now)).toBe(
    'Last good run: 24 November 2026 at 14:00; next by 14:00',
  );
});

test.each([
  ['nothing', { waiting: 0, oldestDueAt: null, failing: null }, 'on-time', 'Nothing waits'],
  ['what is just sent', { waiting: 2, oldestDueAt: minutesAgo(1), failing: null }, 'on-time', '2 wait'],
  [
    'what nobody takes',
    { waiting: 1, oldestDueAt: minutesAgo(6), failing: null },
    'late',
    '1 waits, the longest since 09:54: see whether what sends them is up',
  ],
  [
    'what fails',
    { waiting: 1001, oldestDueAt: null, failing: { ...failing, error: null, n: 3 } },
    'failing',
    'more than 1,000 wait. 3 tried in vain. Failing since 09:12; tried 7 times; next try 10:31',
  ],
])('a lane where %s waits', (_name, lane, health, sentence) => {
  expect(laneHealth(lane, now)).toBe(health);
  expect(laneSentence(lane, now)).toBe(sentence);
});

test('work that has no words yet is called by its name', () => {
  expect(workInWords('retention')).toMatch(/^Deleting documents/);
  expect(workInWords('nightly-report')).toBe('Nightly report');
});
