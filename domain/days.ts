/**
 * Days as people in the United Kingdom count them: text such as 2027-02-25, which sorts and compares as it is.
 * An instant becomes a day, and a day an instant, in Europe/London only here.
 */

/** A day of the calendar, as 2027-02-25. */
export type Day = string;

const dayMs = 86_400_000;
const written = /^(\d{4})-(\d{2})-(\d{2})$/;
const months = 'January February March April May June July August September October November December'.split(' ');

const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** Whether it is a day that exists: 2027-02-29 is none. */
export function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return written.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** @returns null if there is no such day */
export function dayOf(year: number, month: number, dayOfMonth: number): Day | null {
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
  return isDay(text) ? text : null;
}

export function partsOf(of: Day): { year: number; month: number; dayOfMonth: number } {
  const [year = 0, month = 0, dayOfMonth = 0] = of.split('-').map(Number);
  return { year, month, dayOfMonth };
}

/** The day it is in London at an instant: shortly before midnight in June, UTC is still a day behind. */
export function londonDay(at: Date): Day {
  const { year, month, day: dayOfMonth } = londonParts(at);
  return `${year}-${month}-${dayOfMonth}`;
}

/** The time it is in London, as 09:12. */
export function londonTime(at: Date): string {
  const { hour, minute } = londonParts(at);
  return `${hour}:${minute}`;
}

/**
 * The instant at which the clocks of London show a time on a day.
 * When the clocks go back the first of the two; a time they skip in spring is the instant an hour later on the clock.
 *
 * @param time as 08:00
 */
export function instantInLondon(on: Day, time: string): Date {
  const ifGmt = new Date(`${on}T${time}:00Z`);
  const ifBst = new Date(ifGmt.getTime() - 3_600_000);
  return londonDay(ifBst) === on && londonTime(ifBst) === time ? ifBst : ifGmt;
}

export function addDays(to: Day, days: number): Day {
  return new Date(midnight(to) + days * dayMs).toISOString().slice(0, 10);
}

/** The same date so many months on, or the month's last day where it has none: 31 January and a month is 28 February. */
export function addMonths(to: Day, count: number): Day {
  const { year, month, dayOfMonth } = partsOf(to);
  const first = new Date(Date.UTC(year, month - 1 + count, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(dayOfMonth, last));
  return first.toISOString().slice(0, 10);
}

/** Days from one to another; negative if the second is earlier. */
export const daysBetween = (from: Day, to: Day): number => Math.round((midnight(to) - midnight(from)) / dayMs);

/** Whole months from one day to a later one; 0 if it is not later. */
export function monthsBetween(from: Day, to: Day): number {
  if (to <= from) return 0;
  const [start, end] = [partsOf(from), partsOf(to)];
  const months = (end.year - start.year) * 12 + end.month - start.month;
  return addMonths(from, months) <= to ? months : months - 1;
}

/**
 * The day that is so many working days later.
 *
 * @param isWorkingDay says no to weekends and holidays; it must say yes at least once in any year
 */
export function addWorkingDays(to: Day, count: number, isWorkingDay: (on: Day) => boolean): Day {
  let on = to;
  for (let left = count, tried = 0; left > 0; tried += 1) {
    if (tried > 366 * (count + 1)) throw new RangeError('No working day was found in a year');
    on = addDays(on, 1);
    if (isWorkingDay(on)) left -= 1;
  }
  return on;
}

export function isWeekend(on: Day): boolean {
  const weekday = new Date(midnight(on)).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** As pages and letters write it: 27 February 2025. */
export function dayInWords(of: Day): string {
  const { year, month, dayOfMonth } = partsOf(of);
  return `${dayOfMonth} ${months[month - 1] ?? ''} ${year}`;
}

/** As pages and letters write it: 27 February 2025 at 09:12, in London. */
export const instantInWords = (at: Date): string => `${dayInWords(londonDay(at))} at ${londonTime(at)}`;

/** The number of a month as somebody wrote it: 2, 02, Feb or February. */
export function monthNumber(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const found = months.findIndex((name) => text.length >= 3 && name.toLowerCase().startsWith(text.toLowerCase()));
  return found < 0 ? null : found + 1;
}

const midnight = (of: Day) => Date.parse(`${of}T00:00:00Z`);

const londonParts = (at: Date) =>
  Object.fromEntries(london.formatToParts(at).map(({ type, value }) => [type, value])) as Record<
    'year' | 'month' | 'day' | 'hour' | 'minute',
    string
  >;
