/**
 * Whether two people may be one: what an ID checker is shown side by side before anything else is looked at.
 * It only points; a person decides. Never shown to the applicant.
 */
import type { Day } from './days.ts';
import { type DateLikeness, dateLikeness } from './date-of-birth.ts';
import { nameLikeness, type PersonalName } from './personal-name.ts';

export interface ComparedPerson {
  readonly name: PersonalName;
  readonly dateOfBirth: Day;
  /** As domain/national-insurance-number.ts keeps it. */
  readonly nationalInsuranceNumber: string | null;
  readonly email: string | null;
}

export const duplicateReasons = {
  'same-number': 'Same National Insurance number',
  'same-name-and-birth': 'Same name and date of birth',
  'similar-name-and-birth': 'Similar name, same date of birth',
  'same-name-similar-birth': 'Same or similar name, date of birth that may be a slip',
  'same-email': 'Same e-mail address',
} as const;
export type DuplicateReason = keyof typeof duplicateReasons;

/** How much each reason says; the likest people come first. */
const weights: Readonly<Record<DuplicateReason, number>> = {
  'same-number': 100,
  'same-name-and-birth': 80,
  'similar-name-and-birth': 50,
  'same-name-similar-birth': 40,
  'same-email': 30,
};

export interface DuplicateSettings {
  /** From which nameLikeness names are similar, 0 to 1. */
  readonly similarFrom: number;
}
export const usualDuplicateSettings: DuplicateSettings = { similarFrom: 0.82 };

/** Twins and families share dates and addresses: equal only when nothing but spelling differs. */
const equalFrom = 0.985;

export interface PossibleDuplicate {
  readonly score: number;
  readonly reasons: readonly DuplicateReason[];
}

/** @returns null if nothing suggests that they are one person */
export function compareForDuplicate(
  one: ComparedPerson,
  other: ComparedPerson,
  settings: DuplicateSettings = usualDuplicateSettings,
): PossibleDuplicate | null {
  const reasons: DuplicateReason[] = [];
  if (one.nationalInsuranceNumber !== null && one.nationalInsuranceNumber === other.nationalInsuranceNumber) reasons.push('same-number');
  const byName = nameAndBirth(nameLikeness(one.name, other.name), dateLikeness(one.dateOfBirth, other.dateOfBirth), settings);
  if (byName !== null) reasons.push(byName);
  if (one.email !== null && other.email !== null && sameEmail(one.email, other.email)) reasons.push('same-email');
  return reasons.length === 0 ? null : { score: reasons.reduce((sum, reason) => sum + weights[reason], 0), reasons };
}

/** The likest first; those nothing points at are left out. */
export function possibleDuplicates<Person extends ComparedPerson>(
  of: ComparedPerson,
  among: readonly Person[],
  settings: DuplicateSettings = usualDuplicateSettings,
): Array<PossibleDuplicate & { person: Person }> {
  return among
    .flatMap((person) => {
      const found = compareForDuplicate(of, person, settings);
      return found === null ? [] : [{ ...found, person }];
    })
    .sort((a, b) => b.score - a.score);
}

/** Addresses are one whatever their case: no mail provider in use tells them apart by it. */
export const sameEmail = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();

function nameAndBirth(likeness: number, births: DateLikeness | null, { similarFrom }: DuplicateSettings): DuplicateReason | null {
  if (births === null || likeness < similarFrom) return null;
  if (births !== 'same') return 'same-name-similar-birth';
  return likeness >= equalFrom ? 'same-name-and-birth' : 'similar-name-and-birth';
}
