/**
 * The machine-readable zone of a passport (TD3, two lines of 44) or a card (TD1, three of 30), as ICAO 9303 parts 3, 4 and 5 lay it out.
 * An ID checker types it from the document; its check digits and what was typed elsewhere must agree.
 */
import { addMonths, type Day, dayOf } from './days.ts';
import { checkDigit } from './mrz/check-digit.ts';
import { agrees, givenAgrees, type MrzName, readMrzName } from './mrz/name.ts';
import { fullName, type PersonalName } from './personal-name.ts';

export type MrzFormat = 'TD1' | 'TD3';

export interface Mrz {
  readonly format: MrzFormat;
  readonly documentCode: string;
  readonly issuer: string;
  readonly number: string;
  readonly nationality: string;
  /** Null where the zone leaves part of it out, as it may for somebody who does not know theirs. */
  readonly dateOfBirth: Day | null;
  /** The six digits as they stand: what a typed date is compared with, as the zone has no century. */
  readonly birthDigits: string;
  readonly sex: 'F' | 'M' | 'X';
  readonly expiresOn: Day | null;
  readonly name: MrzName;
}

export const mrzParts = {
  shape: 'Machine-readable zone',
  number: 'Document number',
  dateOfBirth: 'Date of birth',
  expiresOn: 'Expiry date',
  personalNumber: 'Personal number',
  whole: 'The whole zone',
  family: 'Family name',
  given: 'Given names',
} as const;
export type MrzPart = keyof typeof mrzParts;

export interface MrzProblem {
  readonly part: MrzPart;
  readonly words: string;
}

export type MrzRead = { ok: true; mrz: Mrz } | { ok: false; problems: readonly MrzProblem[] };

/** Reads a zone as typed: in any case, with or without its spaces and line breaks. */
export function readMrz(typed: string, today: Day): MrzRead {
  const letters = typed.normalize('NFKC').toUpperCase().replaceAll('«', '<<').replace(/[‹〈]/g, '<').replace(/\s/g, '');
  if (!/^[A-Z0-9<]*$/.test(letters)) return unreadable('must have only letters, numbers and <');
  if (letters.length === 88) return read(td3(letters), today);
  if (letters.length === 90) return read(td1(letters), today);
  return unreadable(`must be 2 lines of 44 or 3 lines of 30: this has ${letters.length} letters, numbers and <`);
}

export interface TypedDetails {
  readonly number: string;
  readonly name: PersonalName;
  readonly dateOfBirth: Day;
  readonly expiresOn: Day | null;
}

/** Where the zone says something else than was typed; empty if they agree. */
export function compareMrz(mrz: Mrz, typed: TypedDetails): MrzProblem[] {
  const problems: MrzProblem[] = [];
  const differs = (part: MrzPart) => problems.push({ part, words: `${mrzParts[part]} is not what was typed` });
  if (bare(typed.number) !== bare(mrz.number)) differs('number');
  if (!birthAgrees(mrz.birthDigits, typed.dateOfBirth)) differs('dateOfBirth');
  if (typed.expiresOn !== null && typed.expiresOn !== mrz.expiresOn) differs('expiresOn');
  const { family, given, mayBeCut } = mrz.name;
  const typedGiven = [typed.name.given, typed.name.middle].filter(Boolean).join(' ');
  const onlyName = given.length === 0 || typedGiven === '';
  if (onlyName) {
    if (!agrees(fullName(typed.name), [...family, ...given], mayBeCut)) differs('family');
  } else {
    if (!agrees(typed.name.family, family, mayBeCut && family.join('<').length >= longFamilyName)) differs('family');
    if (!givenAgrees(typedGiven, given, mayBeCut)) differs('given');
  }
  return problems;
}

/** A family name is cut only where it leaves the given names little room: half of the shortest name field. */
const longFamilyName = 15;

/** The fields of a zone as they stand, each with the check digit printed after it. */
interface Fields {
  format: MrzFormat;
  code: string;
  issuer: string;
  nationality: string;
  sex: string;
  name: string;
  number: readonly [string, string];
  birth: readonly [string, string];
  expiry: readonly [string, string];
  personalNumber: readonly [string, string] | null;
  whole: readonly [string, string];
}

/** ICAO 9303 part 4, section 4.2.2. */
function td3(text: string): Fields {
  const [one, two] = [text.slice(0, 44), text.slice(44)];
  return {
    format: 'TD3',
    code: one.slice(0, 2),
    issuer: one.slice(2, 5),
    name: one.slice(5),
    number: [two.slice(0, 9), two.slice(9, 10)],
    nationality: two.slice(10, 13),
    birth: [two.slice(13, 19), two.slice(19, 20)],
    sex: two.slice(20, 21),
    expiry: [two.slice(21, 27), two.slice(27, 28)],
    personalNumber: [two.slice(28, 42), two.slice(42, 43)],
    whole: [two.slice(0, 10) + two.slice(13, 20) + two.slice(21, 43), two.slice(43)],
  };
}

/** ICAO 9303 part 5, section 4.2.2. A number of more than nine characters goes on in the optional data, its check digit after it. */
function td1(text: string): Fields {
  const [one, two, name] = [text.slice(0, 30), text.slice(30, 60), text.slice(60)];
  const rest = /^([A-Z0-9]+)([0-9])(?:<|$)/.exec(one.slice(15));
  const long = one[14] === '<' && rest !== null;
  return {
    format: 'TD1',
    code: one.slice(0, 2),
    issuer: one.slice(2, 5),
    name,
    number: long ? [`${one.slice(5, 14)}<${rest[1] ?? ''}`, rest[2] ?? ''] : [one.slice(5, 14), one.slice(14, 15)],
    birth: [two.slice(0, 6), two.slice(6, 7)],
    sex: two.slice(7, 8),
    expiry: [two.slice(8, 14), two.slice(14, 15)],
    nationality: two.slice(15, 18),
    personalNumber: null,
    whole: [one.slice(5) + two.slice(0, 7) + two.slice(8, 15) + two.slice(18, 29), two.slice(29)],
  };
}

function read(fields: Fields, today: Day): MrzRead {
  const problems = [...shapeProblems(fields), ...digitProblems(fields)];
  if (problems.length > 0) return { ok: false, problems };
  const mrz: Mrz = {
    format: fields.format,
    documentCode: bare(fields.code),
    issuer: bare(fields.issuer),
    number: bare(fields.number[0]),
    nationality: bare(fields.nationality),
    dateOfBirth: lastSuchDay(fields.birth[0], today),
    birthDigits: fields.birth[0],
    sex: fields.sex === 'M' || fields.sex === 'F' ? fields.sex : 'X',
    expiresOn: nearestSuchDay(fields.expiry[0], today),
    name: readMrzName(fields.name),
  };
  return { ok: true, mrz };
}

function shapeProblems({ format, code, name, birth, expiry, sex }: Fields): MrzProblem[] {
  const shape = (words: string): MrzProblem[] => [{ part: 'shape', words: `${mrzParts.shape} ${words}` }];
  if (format === 'TD3' && !code.startsWith('P')) return shape('of a passport must begin with P');
  if (format === 'TD1' && !/^[ACI]/.test(code)) return shape('of a card must begin with A, C or I');
  if (!/^[A-Z]/.test(name) || /\d/.test(name)) return shape('must have a name, without numbers');
  if (!/^[MF<X]$/.test(sex)) return shape('must have M, F or < for the sex');
  if (!/^[0-9<]{6}$/.test(birth[0])) return [{ part: 'dateOfBirth', words: 'Date of birth in the zone must be numbers' }];
  if (!/^\d{6}$/.test(expiry[0])) return [{ part: 'expiresOn', words: 'Expiry date in the zone must be numbers' }];
  return [];
}

function digitProblems(fields: Fields): MrzProblem[] {
  const checked: Array<[MrzPart, readonly [string, string] | null]> = [
    ['number', fields.number],
    ['dateOfBirth', fields.birth],
    ['expiresOn', fields.expiry],
    ['personalNumber', fields.personalNumber],
    ['whole', fields.whole],
  ];
  return checked
    .filter(([part, field]) => field !== null && !digitAgrees(part, field))
    .map(([part]) => ({ part, words: `${mrzParts[part]}: a check digit does not agree. Look for 0 and O, 1 and I, and missing <` }));
}

function digitAgrees(part: MrzPart, [text, digit]: readonly [string, string]): boolean {
  if (part === 'personalNumber' && digit === '<') return /^<*$/.test(text); // part 4, 4.2.2.2: an empty field may have < for its digit
  // part 5 leaves open whether the filler that marks a long number counts, and states differ
  return digit === checkDigit(text) || (part === 'number' && text.length > 9 && digit === checkDigit(text.replace('<', '')));
}

/** A birth is in the past, so of the two centuries the later one that is. */
function lastSuchDay(digits: string, today: Day): Day | null {
  const [now, before] = ['20', '19'].map((century) => dayFrom(century, digits));
  return now && now <= today ? now : (before ?? null);
}

/** An expiry is within fifty years of today, one way or the other. */
function nearestSuchDay(digits: string, today: Day): Day | null {
  const near = (day: Day | null) => day !== null && day > addMonths(today, -600) && day <= addMonths(today, 600);
  return ['19', '20', '21'].map((century) => dayFrom(century, digits)).find(near) ?? null;
}

const dayFrom = (century: string, digits: string) =>
  /^\d{6}$/.test(digits) ? dayOf(Number(century + digits.slice(0, 2)), Number(digits.slice(2, 4)), Number(digits.slice(4))) : null;

/** Parts of a birth that the zone leaves out, as <<, agree with anything. */
const birthAgrees = (digits: string, typed: Day) =>
  Array.from(typed.replaceAll('-', '').slice(2)).every((digit, at) => digits[at] === '<' || digits[at] === digit);

const bare = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '');
const unreadable = (words: string): MrzRead => ({ ok: false, problems: [{ part: 'shape', words: `${mrzParts.shape} ${words}` }] });
