/**
 * National Insurance numbers: HM Revenue and Customs' format (manual NIM39110), how they are kept, shown and hidden.
 * Kept as nine characters without spaces; whoever has none says why.
 */
import { z } from 'zod';
import { namesIn } from './names.ts';

const format = /^([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])(\d{6})([A-D])$/;
/** Never given out; GB and NK among them because they are read as something else, TN because it marks a temporary number. */
const unusedPrefixes = ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'];

/** What to say about one that is not in the format. QQ is HMRC's own prefix for examples, and never given out. */
export const nationalInsuranceNumberProblem =
  'National Insurance number must be 2 letters, 6 numbers, then A, B, C or D, like QQ 12 34 56 C';

export type NationalInsuranceNumberRead = { ok: true; number: string } | { ok: false; problem: string };

/** Reads one as people type it: in any case, with spaces, dots or hyphens. */
export function readNationalInsuranceNumber(typed: string): NationalInsuranceNumberRead {
  const number = normalised(typed);
  if (number === '') return { ok: false, problem: 'Enter your National Insurance number' };
  if (/^TN\d{6}[A-Z]?$|^\d{2}[A-Z]\d{5}$/.test(number)) {
    return { ok: false, problem: 'That is a temporary number. Enter your National Insurance number, or say that you do not have one' };
  }
  const prefix = format.exec(number)?.[1];
  if (prefix === undefined || unusedPrefixes.includes(prefix)) return { ok: false, problem: nationalInsuranceNumberProblem };
  return { ok: true, number };
}

/** For the API and for rows: gives it as it is kept. */
export const nationalInsuranceNumber = z.string().transform((typed, context) => {
  const read = readNationalInsuranceNumber(typed);
  if (read.ok) return read.number;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

/** As people read it: QQ 12 34 56 C. */
export const spaced = (number: string): string => number.replace(/^(..)(..)(..)(..)(.)$/, '$1 $2 $3 $4 $5');

/** Enough for somebody who holds the number to recognise it, and for nobody else to learn it: •• •• •• 56 C. */
export const masked = (number: string): string => `•• •• •• ${number.slice(6, 8)} ${number.slice(8)}`;

/** Why somebody has none. The words are what an applicant chooses from. */
export const noNumberReasons = {
  'never-had-one': 'I have never been given one',
  'applied-for': 'I have applied for one and am waiting',
  'works-abroad': 'I live and am taxed outside the United Kingdom',
  'not-known': 'I have one but cannot find it',
} as const;
export type NoNumberReason = keyof typeof noNumberReasons;
export const noNumberReason = z.enum(namesIn(noNumberReasons));

const normalised = (typed: string) =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s.\p{Pd}]/gu, '');
