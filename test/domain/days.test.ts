import {
  addDays,
  addMonths,
  addWorkingDays,
  dayInWords,
  dayOf,
  daysBetween,
  instantInLondon,
  instantInWords,
  isDay,
  isWeekend,
  londonDay,
  londonTime,
  monthsBetween,
} from '../../domain/days.ts';

test.each(['2027-02-28', '2028-02-29', '1900-01-01', '2000-02-29'])('%s is a day', (text) => expect(isDay(text)).toBe(true));
test.each(['2027-02-29', '1900-02-29', '2027-13-01', '2027-00-10', '2027-1-1', '27-01-01', '', '2027-04-31', '2027-01-01T00:00'])(
  '%j is no day',
  (text) => expect(isDay(text)).toBe(false),
);

test('just before midnight in a London summer, UTC is a day behind', () => {
  expect(londonDay(new Date('2027-06-30T22:59:00Z'))).toBe('2027-06-30');
  expect(londonDay(new Date('2027-06-30T23:00:00Z'))).toBe('2027-07-01');
  expect(londonDay(new Date('2027-12-31T23:59:59Z'))).toBe('2027-12-31');
  expect(londonTime(new Date('2027-06-30T23:12:00Z'))).toBe('00:12');
});

test('eight in the morning in London is seven in UTC in summer', () => {
  expect(instantInLondon('2027-07-01', '08:00').toISOString()).toBe('2027-07-01T07:00:00.000Z');
  expect(instantInLondon('2027-12-01', '08:00').toISOString()).toBe('2027-12-01T08:00:00.000Z');
});

test('a time that is twice is the first of them; one that the clocks skip is an hour on', () => {
  expect(instantInLondon('2027-10-31', '01:30').toISOString()).toBe('2027-10-31T00:30:00.000Z');
  expect(londonTime(instantInLondon('2027-03-28', '01:30'))).toBe('02:30');
  expect(instantInLondon('2027-03-28', '00:00').toISOString()).toBe('2027-03-28T00:00:00.000Z');
});

test('a month on from a long month’s end is the short month’s', () => {
  expect(addMonths('2027-01-31', 1)).toBe('2027-02-28');
  expect(addMonths('2028-01-31', 1)).toBe('2028-02-29');
  expect(addMonths('2028-02-29', 12)).toBe('2029-02-28');
  expect(addMonths('2027-01-15', -2)).toBe('2026-11-15');
  expect(addMonths('2026-11-30', 3)).toBe('2027-02-28');
});

test('whole months', () => {
  expect(monthsBetween('2026-01-15', '2026-07-14')).toBe(5);
  expect(monthsBetween('2026-01-15', '2026-07-15')).toBe(6);
  expect(monthsBetween('2026-08-31', '2027-02-28')).toBe(6);
  expect(monthsBetween('2026-07-15', '2026-01-15')).toBe(0);
});

test('days on, over the change of clocks', () => {
  expect(addDays('2027-03-27', 2)).toBe('2027-03-29');
  expect(daysBetween('2027-03-27', '2027-03-29')).toBe(2);
  expect(daysBetween('2027-03-29', '2027-03-27')).toBe(-2);
});

test('working days skip what the predicate says is none', () => {
  const working = (on: string) => !isWeekend(on) && on !== '2027-03-26' && on !== '2027-03-29'; // Good Friday, Easter Monday
  expect(addWorkingDays('2027-03-25', 1, working)).toBe('2027-03-30');
  expect(addWorkingDays('2027-03-25', 2, working)).toBe('2027-03-31');
  expect(addWorkingDays('2027-03-27', 0, working)).toBe('2027-03-27');
  expect(() => addWorkingDays('2027-01-01', 1, () => false)).toThrow(RangeError);
});

test('in words', () => {
  expect(dayInWords('2025-02-27')).toBe('27 February 2025');
  expect(instantInWords(new Date('2027-07-01T07:05:00Z'))).toBe('1 July 2027 at 08:05');
  expect(dayOf(2027, 2, 29)).toBeNull();
});
