import { ageOn, dateLikeness, judgeDateOfBirth, likeDates, readDateOfBirth } from '../../domain/date-of-birth.ts';

const today = '2026-11-24';
const typed = (day: string, month: string, year: string) => readDateOfBirth({ day, month, year }, today);

test.each([
  ['31', '3', '1980', '1980-03-31'],
  [' 29', '02', '2000', '2000-02-29'],
  ['1', 'Feb', '1999', '1999-02-01'],
  ['09', 'september', '1999', '1999-09-09'],
  ['24', '11', '2012', '2012-11-24'],
])('%s %s %s is read', (day, month, year, dateOfBirth) => {
  expect(typed(day, month, year)).toEqual({ ok: true, dateOfBirth });
});

test.each([
  ['', '', '', 'Enter your date of birth', ['day', 'month', 'year']],
  ['1', '', '1990', 'Date of birth must include a month', ['month']],
  ['', '2', '', 'Date of birth must include a day and a year', ['day', 'year']],
  ['1', '2', '90', 'Year must include 4 numbers', ['year']],
  ['29', '2', '2027', 'Date of birth must be a real date', ['day', 'month', 'year']],
  ['29', '2', '1900', 'Date of birth must be a real date', ['day', 'month', 'year']],
  ['31', 'Febtober', '1990', 'Date of birth must be a real date', ['day', 'month', 'year']],
  ['25', '11', '2026', 'Date of birth must be in the past', ['day', 'month', 'year']],
  ['25', '11', '2012', 'You must be at least 14 years old', ['day', 'month', 'year']],
  ['24', '11', '1905', 'Date of birth must be after 24 November 1905', ['year']],
])('%j %j %j: what to say, and in which boxes', (day, month, year, problem, boxes) => {
  expect(typed(day, month, year)).toEqual({ ok: false, problem, boxes });
});

test('a date from the API is judged by the same rules', () => {
  expect(judgeDateOfBirth('1992-02-29', today)).toEqual({ ok: true, dateOfBirth: '1992-02-29' });
  expect(judgeDateOfBirth('1993-02-29', today)).toMatchObject({ ok: false, problem: 'Date of birth must be a real date' });
});

test('born on 29 February, older on 1 March, but on the 29th where there is one', () => {
  expect(ageOn('2008-02-29', '2027-02-28')).toBe(18);
  expect(ageOn('2008-02-29', '2027-03-01')).toBe(19);
  expect(ageOn('2008-02-29', '2028-02-28')).toBe(19);
  expect(ageOn('2008-02-29', '2028-02-29')).toBe(20);
});

test('dates that a slip makes alike', () => {
  expect(dateLikeness('1990-03-04', '1990-03-04')).toBe('same');
  expect(dateLikeness('1990-03-04', '1990-04-03')).toBe('day and month swapped');
  expect(dateLikeness('1990-03-04', '1991-03-04')).toBe('one digit different');
  expect(dateLikeness('1990-03-04', '1991-03-05')).toBeNull();
});

test('the dates to look up are exactly those that would be found alike', () => {
  for (const date of ['1990-03-04', '1992-02-29', '1980-12-31']) {
    const found = likeDates(date);
    expect(found).toContain(date);
    expect(new Set(found).size).toBe(found.length);
    expect(found.every((like) => dateLikeness(date, like) !== null)).toBe(true);
    expect(found.length).toBeLessThan(60);
  }
  expect(likeDates('1990-03-04')).toContain('1990-04-03');
});
