/** What somebody typed to find a person: a Care ID, an e-mail address, a National Insurance number, or a name in any order and near enough. */
import { z } from 'zod';
import { readNationalInsuranceNumber } from './national-insurance-number.ts';
import { jaroWinkler, nameLikeness, type PersonalName, searchable } from './personal-name.ts';

export type PeopleSearch =
  | { by: 'care-id'; careId: string }
  | { by: 'email'; email: string }
  | { by: 'national-insurance-number'; number: string }
  | { by: 'name'; name: string };

const whatToEnter = 'Enter a name, a Care ID, an e-mail address or a National Insurance number';

export const searchText = z
  .string(whatToEnter)
  .trim()
  .min(1, whatToEnter)
  .max(300, 'Enter 300 characters or fewer')
  .refine((text) => !isNumber(text) || digitsOf(text).length === 12, 'A Care ID has 12 numbers, like 5550 1234 5678')
  .refine((text) => searchable(text) !== '', whatToEnter);

export function readSearch(text: string): PeopleSearch {
  if (isNumber(text)) return { by: 'care-id', careId: digitsOf(text) };
  if (/^\S+@\S+$/.test(text)) return { by: 'email', email: text };
  const read = readNationalInsuranceNumber(text);
  return read.ok ? { by: 'national-insurance-number', number: read.number } : { by: 'name', name: text };
}

const isNumber = (text: string) => /^[\d\s-]*\d[\d\s-]*$/.test(text);
const digitsOf = (text: string) => text.replace(/\D/g, '');

/** A word of the register near one that was typed. */
export interface NearWord {
  readonly typed: string;
  readonly word: string;
  readonly soundsAlike: boolean;
}

/** Two words nearer than this may be one, misspelt. */
const wordLikeFrom = 0.8;

/** Whether a word may be what was meant: it begins so, is spelt nearly so, or sounds so and is not spelt wholly otherwise. */
export function isNear({ typed, word, soundsAlike }: NearWord): boolean {
  return word.startsWith(typed) || jaroWinkler(typed, word) >= (soundsAlike ? 0.6 : wordLikeFrom);
}

/** Below this a name is another name. Low enough for half a name, or for a slip of the keyboard in each word. */
const likeFrom = 0.7;

interface Named {
  readonly givenNames: string | null;
  readonly familyName: string;
  readonly cardName: string | null;
}

/** The likest first; those who are only alike in some letters are left out. */
export function rankByName<Person extends Named>(typed: string, among: readonly Person[]): Person[] {
  const wanted = asName(typed);
  return among
    .map((person) => ({ person, alike: likeness(wanted, person) }))
    .filter(({ alike }) => alike >= likeFrom)
    .toSorted((one, other) => other.alike - one.alike || one.person.familyName.localeCompare(other.person.familyName, 'en-GB'))
    .map(({ person }) => person);
}

const likeness = (wanted: PersonalName, { givenNames, familyName, cardName }: Named) =>
  Math.max(
    nameLikeness(wanted, { given: givenNames, middle: null, family: familyName }),
    cardName ? nameLikeness(wanted, asName(cardName)) : 0,
  );

function asName(text: string): PersonalName {
  const words = text.trim().split(/\s+/);
  return { given: words.slice(0, -1).join(' ') || null, middle: null, family: words.at(-1) ?? '' };
}
