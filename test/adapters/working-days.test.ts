import { englishWorkingDays } from '../../adapters/working-days.ts';

/** As published on GOV.UK for England and Wales. */
const bankHolidays = [
  '2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28',
  '2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28',
].flatMap((year) => year.split(' '));

test('the working days of two years are those without a weekend or a bank holiday in England', () => {
  const isWorkingDay = englishWorkingDays();
  const days = Array.from({ length: 730 }, (_, n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));
  const free = days.filter((day) => !isWorkingDay(day) && ![0, 6].includes(new Date(day).getUTCDay()));
  expect(free).toEqual(bankHolidays);
  expect(days.filter((day) => [0, 6].includes(new Date(day).getUTCDay()) && isWorkingDay(day))).toEqual([]);
});
