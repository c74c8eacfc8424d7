/** Which days are worked: none of a weekend, none that is a public or bank holiday in England, substitute days included. */
import Holidays from 'date-holidays';
import { type Day, isWeekend } from '../domain/days.ts';
import type { IsWorkingDay } from '../domain/working-day.ts';

/** Keeps what it worked out of each year: a year of the library takes milliseconds. */
export function englishWorkingDays(): IsWorkingDay {
  const library = new Holidays('GB', 'ENG', { types: ['public', 'bank'] });
  const years = new Map<string, ReadonlySet<Day>>();
  const holidaysOf = (year: string): ReadonlySet<Day> => {
    const known = years.get(year);
    if (known) return known;
    const found = new Set(library.getHolidays(year).map(({ date }) => date.slice(0, 10)));
    years.set(year, found);
    return found;
  };
  return (on) => !isWeekend(on) && !holidaysOf(on.slice(0, 4)).has(on);
}
