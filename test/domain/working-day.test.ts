import { isWeekend } from '../../domain/days.ts';
import { workingDaysAfter } from '../../domain/working-day.ts';

const christmas = ['2026-12-25', '2026-12-28'];
const isWorkingDay = (on: string) => !isWeekend(on) && !christmas.includes(on);
const after = (at: string, days: number) => workingDaysAfter(new Date(at), days, isWorkingDay).toISOString();

test.each([
  ['a Tuesday', '2026-11-24T10:15:30.123Z', 2, '2026-11-26T10:15:30.123Z'],
  ['over a weekend', '2026-11-26T10:00:00.000Z', 2, '2026-11-30T10:00:00.000Z'],
  ['from a Saturday', '2026-11-28T10:00:00.000Z', 1, '2026-11-30T10:00:00.000Z'],
  ['over Christmas', '2026-12-24T16:00:00.000Z', 2, '2026-12-30T16:00:00.000Z'],
  ['at the same hour when the clocks go forward', '2027-03-26T09:00:00.000Z', 1, '2027-03-29T08:00:00.000Z'],
  ['late in the evening of a London summer day', '2027-06-10T23:30:00.000Z', 1, '2027-06-13T23:30:00.000Z'],
])('working days are counted: %s', (_name, at, days, expected) => {
  expect(after(at, days)).toBe(expected);
});

test('a fraction goes by the clock, weekend or not', () => {
  expect(after('2026-11-28T10:00:00.000Z', 0.5)).toBe('2026-11-28T22:00:00.000Z');
  expect(after('2026-11-27T10:00:00.000Z', 1.25)).toBe('2026-11-30T16:00:00.000Z');
});
