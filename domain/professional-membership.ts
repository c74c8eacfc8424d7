/**
 * The registers that clinicians are in, and the numbers they are known by there: one table, with the claim in which systems are told each.
 * Formats are those of the source named beside them; where none was found, whatever could be a number is taken.
 * Asked by the commands, by the transaction that commits, by the pages and by the authentication service.
 */
import { z } from 'zod';
import type { Day } from './days.ts';
import { namesIn } from './names.ts';
import { Refusal } from './refusal.ts';

interface ProfessionalBody {
  readonly words: string;
  /** What the number is called. */
  readonly number: string;
  /** Where to look it up: goes after “Look in”. */
  readonly register: string;
  readonly claim: `${string}_id`;
  readonly format: RegExp;
  readonly formatWords: string;
  /** In the format, and nobody's. */
  readonly example: string;
  /** One of these has to be held already. */
  readonly needs?: readonly Body[];
  /** What it has to be, made of a number that it hangs on; undefined where that says nothing. */
  readonly madeOf?: (needed: Held) => string | undefined;
}

const bodies = ['gmc', 'nmc', 'gdc', 'gphc', 'gmp', 'gdp', 'consultant', 'rcn'] as const;
export type Body = (typeof bodies)[number];
export const professionalBody = z.enum(bodies, 'Select a register');

export interface Held {
  readonly body: Body;
  readonly number: string;
}

/** All may be held together, one of each: a claim has room for one number. */
export const professionalBodies: Readonly<Record<Body, ProfessionalBody>> = {
  /** gmc-uk.org, "Using your registered name and number": a unique number of seven digits, which may begin with 0. */
  gmc: {
    words: 'General Medical Council',
    number: 'GMC reference number',
    register: 'the medical register of the GMC',
    claim: 'gmc_id',
    format: /^\d{7}$/,
    formatWords: '7 digits',
    example: '0000000',
  },
  /** NHS England's FHIR profile of a practitioner, constraint prac-nmc. */
  nmc: {
    words: 'Nursing and Midwifery Council',
    number: 'NMC PIN',
    register: 'the register of the NMC',
    claim: 'nmc_id',
    format: /^\d{2}[A-Z]\d{4}[A-Z]$/,
    formatWords: '2 digits, a letter, 4 digits and a letter',
    example: '00A0000A',
  },
  /** Organisation Data Service, "Dental Consultant": from 3 to 6 characters. With or without leading zeros it would be two numbers. */
  gdc: {
    words: 'General Dental Council',
    number: 'GDC registration number',
    register: 'the register of the GDC',
    claim: 'gdc_id',
    format: /^[1-9]\d{2,5}$/,
    formatWords: '3 to 6 digits, without zeros before them',
    example: '999999',
  },
  /** UK Core for pharmacists, who begin with 2; NHS Data Dictionary, "Pharmacy Technician", for those, who begin with 5. */
  gphc: {
    words: 'General Pharmaceutical Council',
    number: 'GPhC registration number',
    register: 'the register of the GPhC',
    claim: 'gphc_id',
    format: /^[25]\d{6}$/,
    formatWords: '7 digits, of which the first is 2 or 5',
    example: '2000000',
  },
  /** NHS Data Dictionary, GENERAL MEDICAL PRACTITIONER PPD CODE. Not each of somebody's codes is made with a check digit: none is asked for. */
  gmp: {
    words: 'General medical practitioner',
    number: 'GMP code',
    register: 'the Organisation Data Service’s list of general practitioners',
    claim: 'gmp_id',
    format: /^G\d{7}$/,
    formatWords: 'G and 7 digits',
    example: 'G0000000',
    needs: ['gmc'],
  },
  /** NHS Wales Data Dictionary, "GDP Registration Number": the last digit is a check digit, which catches a slip. */
  gdp: {
    words: 'General dental practitioner',
    number: 'GDP code',
    register: 'the Organisation Data Service’s list of dental practitioners',
    claim: 'gdp_id',
    format: /^D\d{7}$/,
    formatWords: 'D and 7 digits, of which the last is a check digit',
    example: 'D0000000',
    needs: ['gdc'],
  },
  /** NHS Data Dictionary, CONSULTANT CODE; Organisation Data Service, "Dental Consultant", for those without a GMC number. */
  consultant: {
    words: 'Consultant',
    number: 'consultant code',
    register: 'the Organisation Data Service’s list of consultants',
    claim: 'consultant_id',
    format: /^(C\d{7}|CD\d{6})$/,
    formatWords: 'C and the 7 digits of the GMC reference number, or CD and the GDC registration number in 6 digits',
    example: 'C0000000',
    needs: ['gmc', 'gdc'],
    madeOf: ({ body, number }) => (body === 'gmc' ? `C${number}` : body === 'gdc' ? `CD${number.padStart(6, '0')}` : undefined),
  },
  /** No source was found for the format, nor for a public register. Not a licence to practise: a trade union and professional body. */
  rcn: {
    words: 'Royal College of Nursing',
    number: 'RCN membership number',
    register: 'what the person can show of the RCN, as its list is not public',
    claim: 'rcn_id',
    format: /^[A-Z0-9]{4,12}$/,
    formatWords: '4 to 12 letters or digits',
    example: '0000000',
  },
};
export const allBodies: readonly Body[] = bodies;
export const professionalClaims: readonly string[] = bodies.map((body) => professionalBodies[body].claim);

/** What forms say where a number is not known (Hospital Episode Statistics, field "consult"). They are nobody's. */
const notKnown = ['C9999998', 'CD999998', 'D9999998', 'G9999998'];

export type NumberRead = { readonly ok: true; readonly number: string } | { readonly ok: false; readonly problem: string };

/** Reads a number as people type it: in any case, with spaces, dots or hyphens. Says what to enter instead. */
export function readMembershipNumber(body: Body, typed: string): NumberRead {
  const { number: called, format, formatWords, example } = professionalBodies[body];
  const number = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s.\p{Pd}]/gu, '');
  if (notKnown.includes(number)) return { ok: false, problem: `${number} stands for a number that is not known. Enter the person’s own` };
  if (!format.test(number)) return { ok: false, problem: `Enter the ${called}: ${formatWords}, like ${example}` };
  if (body === 'gdp' && checkDigit(number.slice(1, 7)) !== number.slice(7))
    return { ok: false, problem: `Check the ${called}: its last digit does not fit those before it` };
  return { ok: true, number };
}

/** The 137137 algorithm of the NHS's practitioner codes. */
const checkDigit = (digits: string): string =>
  String([1, 3, 7, 1, 3, 7].reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 10);

/**
 * Whether somebody who holds these may hold this one too.
 *
 * @throws {Refusal} INVALID with the field that would mend it
 */
export function refuseToHold({ body, number }: Held, others: readonly Held[]): void {
  const { number: called, needs, madeOf } = professionalBodies[body];
  if (others.some((other) => other.body === body))
    throw new Refusal('INVALID', `This person has a ${called} already. End that one first, if it is not right`, { body: 'held' });
  const needed = others.filter((other) => needs?.includes(other.body));
  if (needs && needed.length === 0)
    throw new Refusal('INVALID', `Record their ${needs.map((each) => professionalBodies[each].number).join(' or ')} first`, {
      body: 'needs-another',
    });
  const fitting = needed.flatMap((each) => madeOf?.(each) ?? []);
  if (fitting.length > 0 && !fitting.includes(number))
    throw new Refusal('INVALID', `The ${called} of this person has to be ${fitting.join(' or ')}`, { number: 'does-not-fit' });
}

/** Which of the numbers that somebody goes on holding cannot be kept without one that ends: those that only it allowed. */
export const hangingOn = <H extends Held>(ending: Held, others: readonly H[]): H[] =>
  others.filter((each) => fits(each, [...others, ending]) && !fits(each, others));

/** Whether it may be held beside the others. */
function fits(held: Held, all: readonly Held[]): boolean {
  const others = all.filter((each) => each !== held);
  try {
    refuseToHold(held, others);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

interface Days {
  readonly since: Day;
  readonly until: Day | null;
}
/** What to mend of the days that the register says, and in which field. */
export function daysProblem({ since, until }: Days, today: Day): { field: keyof Days; text: string } | undefined {
  if (since > today) return { field: 'since', text: 'The first day of the registration must be today or earlier' };
  if (until !== null && (until < since || until < today))
    return { field: 'until', text: 'The last day of the registration must be today or later' };
  return undefined;
}

/** @throws {Refusal} INVALID */
export function refuseDays(days: Days, today: Day): void {
  const problem = daysProblem(days, today);
  if (problem) throw new Refusal('INVALID', problem.text, { [problem.field]: 'not-now' });
}

/** Why one ends, from a list and not in words: it is in the audit, which is kept for ever. */
export const membershipEndReasons = {
  'not-registered': 'They are no longer in the register',
  replaced: 'They have another number',
  mistake: 'It was recorded by mistake',
  other: 'Another reason',
} as const;
export type MembershipEndReason = keyof typeof membershipEndReasons;
export const membershipEndReason = z.enum(namesIn(membershipEndReasons), 'Select a reason');

interface Dated {
  readonly until?: Day | null | undefined;
  readonly checkedAt?: Date | null | undefined;
  readonly endedAt?: Date | null | undefined;
}
export type MembershipStanding = 'unchecked' | 'live' | 'lapsed' | 'ended';
export const standingWords: Readonly<Record<MembershipStanding, string>> = {
  unchecked: 'Not checked yet',
  live: 'In the register',
  lapsed: 'Out of date',
  ended: 'Ended',
};

/** Live: somebody found it in the register, and it has neither ended nor run out. */
export function standingOf({ until, checkedAt, endedAt }: Dated, today: Day): MembershipStanding {
  if (endedAt) return 'ended';
  if (!checkedAt) return 'unchecked';
  return until && until < today ? 'lapsed' : 'live';
}

/** So many days before its last day one is listed to be looked up again. */
export const lookUpDaysBefore = 30;

/** Those that systems are told of: the live ones, without one that hangs on another that is not live. */
export function toldOf<H extends Held & Dated>(held: readonly H[], today: Day): H[] {
  const live = held.filter((each) => standingOf(each, today) === 'live');
  return live.filter((each) => fits(each, live));
}

/** @throws {Refusal} SAME_PERSON: nobody vouches for themselves */
export function refuseOwnMembership(person: string, actor: string): void {
  if (person === actor)
    throw new Refusal('SAME_PERSON', 'You cannot change your own professional memberships. Ask another RA agent or manager');
}
