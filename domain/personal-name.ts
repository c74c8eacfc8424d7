/**
 * People's names as their documents write them, and how to find and compare them.
 * Nothing is assumed of a name: it may have one letter or a hundred, apostrophes, accents, digits, another script, or no given name.
 */
import { z } from 'zod';

export const longestName = 100;

export interface PersonalName {
  /** Null for somebody who has one name only, which is then their family name. */
  readonly given: string | null;
  readonly middle: string | null;
  readonly family: string;
}

const graphemes = new Intl.Segmenter('en-GB', { granularity: 'grapheme' });
/** Control characters, unassigned ones and those that turn the direction of text; the two joiners some scripts need are let be. */
const unwritable = /(?![\u200c\u200d])\p{C}/u;

/** One part of a name, tidied: single spaces, none at the ends, accents composed (Unicode NFC). */
export const namePart = z
  .string()
  .refine((text) => !unwritable.test(text.replaceAll('\t', ' ')), 'must be on one line, in letters that can be printed')
  .transform(tidied)
  .refine((text) => text === '' || /\p{L}/u.test(text), 'must have a letter')
  .refine((text) => lettersIn(text) <= longestName && text.length <= 5 * longestName, `must be ${longestName} letters or fewer`);

const optionalPart = namePart.nullish().transform((text) => text || null);

/** What people type. The given name may be left empty; the family name, or only name, may not. */
export const personalName = z.strictObject({
  given: optionalPart,
  middle: optionalPart,
  family: namePart.refine((text) => text !== '', 'must be given'),
});

/** Given, middle and family, as a page or a card shows it. */
export const fullName = ({ given, middle, family }: PersonalName): string => [given, middle, family].filter(Boolean).join(' ');

/**
 * Given names that are kept as one, apart: what stands before the first space, and the rest. Mary Ann, who has no middle name, comes apart
 * too: nobody can tell. Initials are those of them all, without the family name (RFC 4519, section 2.14).
 */
export function givenApart(givenNames: string): { first: string; middle: string | null; initials: string } {
  const [first = '', ...middle] = givenNames.split(' ').filter(Boolean);
  const initials = [first, ...middle].map((name) => [...graphemes.segment(name)][0]?.segment.toLocaleUpperCase('en-GB') ?? '').join('');
  return { first, middle: middle.join(' ') || null, initials };
}

/** The letters a person sees: é is one, however it is encoded. */
export const lettersIn = (text: string): number => [...graphemes.segment(text)].length;

/** Letters that are no base letter with an accent, as people without them on the keyboard write them. */
const spelt: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ŋ: 'n',
  ə: 'e',
};

/**
 * A name as it is searched: lower case, no accents, no apostrophes, other marks as spaces.
 * O’Brien and obrien are one; Smith-Jones and smith jones are one; scripts other than Latin stay.
 */
export function searchable(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøłđðþıħŋə]/g, (letter) => spelt[letter] ?? letter)
    .replace(/['’‘ʼ`´.\u200c\u200d]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The same for one person however their names are ordered or split: words of the searchable name, sorted. */
export const nameKey = (name: PersonalName): string => searchable(fullName(name)).split(' ').sort().join(' ');

/**
 * How alike two names are, from 0 to 1, in any order and near enough: each word is matched with its likest (Jaro–Winkler),
 * weighed by length. A middle name only one of them has does not count against them, nor an initial that fits.
 */
export function nameLikeness(one: PersonalName, other: PersonalName): number {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const pairs = a.flatMap((word, at) => b.map((candidate, to) => ({ at, to, alike: wordLikeness(word, candidate) })));
  const takenA = new Set<number>();
  const takenB = new Set<number>();
  let sum = 0;
  let weight = 0;
  for (const { at, to, alike } of pairs.sort((x, y) => y.alike - x.alike)) {
    if (takenA.has(at) || takenB.has(to)) continue;
    takenA.add(at);
    takenB.add(to);
    const letters = Math.max(a[at]?.length ?? 0, b[to]?.length ?? 0);
    sum += alike * letters;
    weight += letters;
  }
  const together = jaroWinkler(a.join(''), b.join(''));
  return weight === 0 ? 0 : Math.max(together, sum / weight - (oneNameOnly(one, other) ? 0.1 : 0));
}

/** One of them has a single name, which then agrees with too little of the other. */
const oneNameOnly = (one: PersonalName, other: PersonalName) => (one.given === null) !== (other.given === null);

const wordsOf = (name: PersonalName) => searchable(fullName(name)).split(' ').filter(Boolean);

function wordLikeness(one: string, other: string): number {
  const [shorter, longer] = one.length <= other.length ? [one, other] : [other, one];
  if (shorter.length === 1 && longer.length > 1) return longer.startsWith(shorter) ? 0.85 : 0;
  return jaroWinkler(one, other);
}

/** Jaro–Winkler similarity (W. E. Winkler 1990): 1 for equal words, with a bonus for up to four first letters in common. */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1;
  const [a, b] = [Array.from(one), Array.from(other)];
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const matchedA = a.filter((letter, at) => {
    const found = b.findIndex((candidate, to) => candidate === letter && Math.abs(to - at) <= reach && !taken.has(to));
    if (found >= 0) taken.add(found);
    return found >= 0;
  });
  const m = matchedA.length;
  if (m === 0) return 0;
  const matchedB = b.filter((_letter, at) => taken.has(at));
  const transposed = matchedA.filter((letter, at) => letter !== matchedB[at]).length / 2;
  const jaro = (m / a.length + m / b.length + (m - transposed) / m) / 3;
  let prefix = 0;
  while (prefix < 4 && a[prefix] !== undefined && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function tidied(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}
