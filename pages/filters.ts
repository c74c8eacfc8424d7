/** How dates, numbers and choices are written on every page. Days and times are those of England. */
import { spaced } from '../domain/national-insurance-number.ts';

const london = { timeZone: 'Europe/London' } as const;

type Instant = string | number | Date;
type FormError = { text: string; href: string };

/** 27 February 2025. A day without a time stays that day. */
const day = (value: Instant) => new Date(value).toLocaleDateString('en-GB', { dateStyle: 'long', ...london });

/** 09:12 */
const time = (value: Instant) => new Date(value).toLocaleTimeString('en-GB', { timeStyle: 'short', ...london });

const minuteMs = 60_000;
const units: ReadonlyArray<[number, string]> = [
  [24 * 60 * minuteMs, 'day'],
  [60 * minuteMs, 'hour'],
  [minuteMs, 'minute'],
];

/** How long ago, or until, in its largest whole unit: "3 hours". */
function age(value: Instant, now: number = Date.now()): string {
  const ms = Math.abs(now - new Date(value).getTime());
  const [size, unit] = units.find(([each]) => ms >= each) ?? [minuteMs, 'minute'];
  const count = Math.max(1, Math.floor(ms / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export const filters = {
  day,
  time,
  /** 09:12:30 */
  seconds: (value: Instant) => new Date(value).toLocaleTimeString('en-GB', { timeStyle: 'medium', ...london }),
  /** 27 February 2025 at 09:12 */
  moment: (value: Instant) => `${day(value)} at ${time(value)}`,
  age,
  /** 1 request, 2 requests */
  count: (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`,
  /** The message for one field, as NHS.UK components take it. */
  errorFor: (errors: FormError[] | undefined, field: string) => {
    const found = errors?.find(({ href }) => href === `#${field}`);
    return found && { text: found.text };
  },
  /** A state or kind as words: sent-back → sent back. */
  words: (code: string) => code.replaceAll('-', ' '),
  capital: (text: string) => text.charAt(0).toUpperCase() + text.slice(1),
  /** An application's reference in two groups: ABCDE FGH23 */
  reference: (text: string) => text.replace(/^(\w{5})(\w{5})$/, '$1 $2'),
  /** A National Insurance number as it stands on letters: QQ 12 34 56 C */
  niNumber: (text: string | null | undefined) => (text ? spaced(text) : ''),
  /** A Care ID in groups, as it stands on the card: 5550 0000 0001 */
  careId: (id: string) => id.replace(/(\d{4})(?=\d)/g, '$1 '),
};
