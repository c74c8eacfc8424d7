/**
 * Dates of birth: read from the three boxes of a page, judged, and counted in years.
 * Called by the pages and the API when one is typed, by the duplicate rules and by the machine-readable zone.
 */
import { addMonths, type Day, dayInWords, dayOf, isDay, monthNumber, partsOf } from './days.ts';

/** The boxes a problem is in, so that the page can mark those and no others. */
export type DateBox = 'day' | 'month' | 'year';
export type DateOfBirthRead = { ok: true; dateOfBirth: Day } | { ok: false; problem: string; boxes: readonly DateBox[] };

export interface AgeLimits {
  /** The youngest who may apply, in years. */
  readonly from: number;
  /** Older than anyone living: a slip of the keyboard. */
  readonly to: number;
}
export const usualAgeLimits: AgeLimits = { from: 14, to: 120 };

/** Reads what was typed; words follow the GOV.UK date input pattern. A month may be a number or a name. */
export function readDateOfBirth(typed: Record<DateBox, string>, today: Day, limits = usualAgeLimits): DateOfBirthRead {
  const boxes = ['day', 'month', 'year'] as const;
  const empty = boxes.filter((box) => typed[box].trim() === '');
  if (empty.length === 3) return wrong('Enter your date of birth', boxes);
  if (empty.length > 0) return wrong(`Date of birth must include a ${empty.join(' and a ')}`, empty);
  const [dayText, monthText, yearText] = boxes.map((box) => typed[box].trim()) as [string, string, string];
  if (!/^\d{4}$/.test(yearText)) return wrong('Year must include 4 numbers', ['year']);
  const month = monthNumber(monthText);
  const dateOfBirth = /^\d{1,2}$/.test(dayText) && month !== null ? dayOf(Number(yearText), month, Number(dayText)) : null;
  return dateOfBirth === null ? wrong('Date of birth must be a real date', boxes) : judgeDateOfBirth(dateOfBirth, today, limits);
}

/** Judges a date of birth that is already a day, as the API gets it. */
export function judgeDateOfBirth(dateOfBirth: string, today: Day, limits = usualAgeLimits): DateOfBirthRead {
  const boxes = ['day', 'month', 'year'] as const;
  if (!isDay(dateOfBirth)) return wrong('Date of birth must be a real date', boxes);
  if (dateOfBirth > today) return wrong('Date of birth must be in the past', boxes);
  const age = ageOn(dateOfBirth, today);
  if (age < limits.from) return wrong(`You must be at least ${limits.from} years old`, boxes);
  if (age > limits.to) return wrong(`Date of birth must be after ${dayInWords(addMonths(today, -12 * (limits.to + 1)))}`, ['year']);
  return { ok: true, dateOfBirth };
}

/** Whole years lived. Somebody born on 29 February is a year older on 1 March where the year has no 29th, as the law here counts. */
export function ageOn(dateOfBirth: Day, on: Day): number {
  const years = partsOf(on).year - partsOf(dateOfBirth).year;
  return on.slice(5) < dateOfBirth.slice(5) ? years - 1 : years;
}

export type DateLikeness = 'same' | 'day and month swapped' | 'one digit different';

/** How alike two dates of birth are; null if nobody would take one for the other. */
export function dateLikeness(one: Day, other: Day): DateLikeness | null {
  if (one === other) return 'same';
  const { year, month, dayOfMonth } = partsOf(one);
  if (dayOf(year, dayOfMonth, month) === other) return 'day and month swapped';
  const differing = Array.from(one).filter((digit, at) => digit !== other[at]).length;
  return differing === 1 ? 'one digit different' : null;
}

/** Every day that dateLikeness would find like this one: a short list for a database to look up by equality. */
export function likeDates(dateOfBirth: Day): Day[] {
  const { year, month, dayOfMonth } = partsOf(dateOfBirth);
  const swapped = dayOf(year, dayOfMonth, month);
  const slips = Array.from(dateOfBirth).flatMap((letter, at) =>
    letter === '-' ? [] : Array.from('0123456789').map((digit) => dateOfBirth.slice(0, at) + digit + dateOfBirth.slice(at + 1)),
  );
  return [...new Set([dateOfBirth, ...(swapped === null ? [] : [swapped]), ...slips.filter(isDay)])];
}

const wrong = (problem: string, boxes: readonly DateBox[]): DateOfBirthRead => ({ ok: false, problem, boxes });
