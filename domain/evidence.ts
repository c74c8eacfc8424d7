/**
 * A document that an applicant showed, what an ID checker found on it, and what makes it worth nothing.
 * What it is worth otherwise is in domain/gpg45.
 */
import { z } from 'zod';
import { day } from './day.ts';
import { addMonths, type Day, dayInWords } from './days.ts';
import { documentType, type DocumentType, isCheckable, kindOf } from './document-type.ts';
import { namesIn } from './names.ts';

export const waysSeen = {
  'in-person': 'In person, in the checker’s hands',
  'on-video': 'Shown live on video',
  'upload-only': 'Only the photograph that was sent in',
} as const;
export type WaySeen = keyof typeof waysSeen;

const checked = z.enum(['right', 'wrong', 'not-checked']).default('not-checked');

/** What an ID checker did with a document. What is left out was not done. */
export const documentCheck = z.strictObject({
  seen: z.enum(namesIn(waysSeen)),
  looksGenuine: z.boolean(),
  /** The name, and the date of birth, are those of the applicant; the address is one that they say is theirs. */
  detailsAgree: z.boolean(),
  /** The checker has been trained to examine documents. */
  byTrained: z.boolean(),
  features: checked,
  /** Under ultraviolet light or magnified. */
  ultraviolet: checked,
  /** The chip was read, and the issuing state's signature verified. */
  chip: checked,
  /** Whoever gave it out confirmed its details. */
  issuer: z.enum(['confirmed', 'denied', 'not-asked']).default('not-asked'),
  /** Whether it has been reported cancelled, lost or stolen. */
  reported: z.enum(['not-reported', 'reported', 'not-asked']).default('not-asked'),
  mrz: z.enum(['agrees', 'disagrees', 'not-typed']).default('not-typed'),
});
export type DocumentCheck = z.output<typeof documentCheck>;

/** A document as the applicant describes it. What its type asks for is judged by documentProblems. */
export const documentDescription = z.strictObject({
  type: documentType,
  number: z.string().trim().max(40).nullable().default(null),
  issuer: z.string().trim().max(100).nullable().default(null),
  issuedOn: day.nullable().default(null),
  expiresOn: day.nullable().default(null),
});
export type DocumentDescription = z.output<typeof documentDescription>;

export interface PresentedDocument extends DocumentDescription {
  readonly id: string;
  /** Null until it has been checked, and again once it was changed after its check. */
  readonly check: DocumentCheck | null;
}

export interface DocumentProblem {
  readonly field: 'number' | 'issuer' | 'issuedOn' | 'expiresOn';
  readonly words: string;
}

/** What is missing or impossible in a description, for its type. An expired document is let in: the checker judges that. */
export function documentProblems(described: DocumentDescription, today: Day): DocumentProblem[] {
  const kind = kindOf(described.type);
  const problems: DocumentProblem[] = [];
  const number = described.number ?? '';
  if (kind.number?.required && bareNumber(number) === '')
    problems.push({ field: 'number', words: `Enter the ${lower(kind.number.label)}` });
  if (kind.issuer !== null && !described.issuer) problems.push({ field: 'issuer', words: `Enter the ${lower(kind.issuer)}` });
  if (kind.expires && described.expiresOn === null) problems.push({ field: 'expiresOn', words: 'Enter the date it expires' });
  if (kind.dated !== null && described.issuedOn === null) {
    problems.push({ field: 'issuedOn', words: `Enter the ${lower(kind.dated.label)}` });
  }
  if (described.issuedOn !== null && described.issuedOn > today) {
    problems.push({ field: 'issuedOn', words: `${kind.dated?.label ?? 'Date of issue'} must be today or in the past` });
  }
  return problems;
}

/** How old evidence of each type may be, in months; null for no limit. Sources differ (3 or 6 for bills), so it is a setting. */
export type EvidenceAges = Readonly<Partial<Record<DocumentType, number | null>>>;

/** The last day on which a document counts; null if it has no end. */
export function lastDayOf({ type, issuedOn, expiresOn }: DocumentDescription, ages: EvidenceAges = {}): Day | null {
  const { expires, dated } = kindOf(type);
  if (expires || expiresOn !== null) return expiresOn;
  const months = ages[type] === undefined ? (dated?.months ?? null) : ages[type];
  return months === null || issuedOn === null ? null : addMonths(issuedOn, months);
}

/** Why a document counts for nothing, whatever else was checked. */
export const voidReasons = {
  'not-checked': { words: 'It has not been checked', stops: false },
  'not-genuine': { words: 'It does not look genuine', stops: true },
  'features-wrong': { words: 'Its security features are not right', stops: true },
  'ultraviolet-wrong': { words: 'It is not right under ultraviolet light or magnified', stops: true },
  'chip-wrong': { words: 'The signature in its chip is not right', stops: true },
  'issuer-denied': { words: 'Its issuer does not confirm it', stops: true },
  reported: { words: 'It has been reported cancelled, lost or stolen', stops: false },
  'mrz-disagrees': { words: 'Its machine-readable zone does not agree with what was typed', stops: false },
  'details-differ': { words: 'Its details are not those of the applicant', stops: false },
  'out-of-date': { words: 'It is out of date', stops: false },
  'not-yet': { words: 'It is dated in the future', stops: false },
  undated: { words: 'The date that it needs is missing', stops: false },
} as const satisfies Record<string, { words: string; stops: boolean }>;
export type VoidReason = keyof typeof voidReasons;

/** Every reason; empty if it counts. A reason that `stops` is a forgery's, and stops the whole identity check. */
export function voidsOf(document: PresentedDocument, today: Day, ages: EvidenceAges = {}): VoidReason[] {
  const { check, type } = document;
  if (check === null) return ['not-checked', ...dateVoids(document, today, ages)];
  const found: Array<[VoidReason, boolean]> = [
    ['not-genuine', !check.looksGenuine],
    ['features-wrong', check.features === 'wrong'],
    ['ultraviolet-wrong', check.ultraviolet === 'wrong'],
    ['chip-wrong', check.chip === 'wrong' && isCheckable(type, 'chip')],
    ['issuer-denied', check.issuer === 'denied'],
    ['reported', check.reported === 'reported'],
    ['mrz-disagrees', check.mrz === 'disagrees' && kindOf(type).mrz !== null],
    ['details-differ', !check.detailsAgree],
  ];
  return [...found.filter(([, is]) => is).map(([reason]) => reason), ...dateVoids(document, today, ages)];
}

/** In words for a page: "Out of date since 3 May 2026". */
export function ageInWords(document: DocumentDescription, today: Day, ages: EvidenceAges = {}): string {
  const last = lastDayOf(document, ages);
  if (last === null) return 'No end date';
  return last < today ? `Out of date since ${dayInWords(last)}` : `In date until ${dayInWords(last)}`;
}

/** Letters and digits only: how two numbers are compared, and a fraud source is asked. */
export const bareNumber = (number: string): string =>
  number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

function dateVoids(document: PresentedDocument, today: Day, ages: EvidenceAges): VoidReason[] {
  const { expires, dated } = kindOf(document.type);
  if ((expires && document.expiresOn === null) || (dated !== null && document.issuedOn === null)) return ['undated'];
  if (document.issuedOn !== null && document.issuedOn > today) return ['not-yet'];
  const last = lastDayOf(document, ages);
  return last !== null && last < today ? ['out-of-date'] : [];
}

const lower = (label: string) => label.charAt(0).toLowerCase() + label.slice(1);
