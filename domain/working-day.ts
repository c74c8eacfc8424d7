/**
 * Terms counted in working days. Which days those are, the caller says: adapters/working-days.ts asks a library of holidays.
 */
import { addWorkingDays, type Day, instantInLondon, londonDay, londonTime } from './days.ts';

export type IsWorkingDay = (on: Day) => boolean;

const dayMs = 86_400_000;
const minuteMs = 60_000;

/**
 * The moment so many working days later, at the same time of day in London.
 *
 * @param days a fraction of a day counts by the clock, working day or not: settings of dev and tests are that short
 */
export function workingDaysAfter(at: Date, days: number, isWorkingDay: IsWorkingDay): Date {
  const whole = Math.floor(days);
  const sinceMinute = at.getTime() % minuteMs;
  const moved = whole === 0 ? at.getTime() : onWorkingDay(at, whole, isWorkingDay).getTime() + sinceMinute;
  return new Date(moved + (days - whole) * dayMs);
}

export const daysAfter = (at: Date, days: number): Date => new Date(at.getTime() + days * dayMs);

const onWorkingDay = (at: Date, count: number, isWorkingDay: IsWorkingDay) =>
  instantInLondon(addWorkingDays(londonDay(at), count, isWorkingDay), londonTime(at));
