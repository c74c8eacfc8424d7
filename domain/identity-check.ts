/**
 * Identity checks: who may have one, for how long, and what is needed before anything of it is looked at.
 * The queue, the commands of ID checkers and the activity that commits their decision ask this file.
 */
import { z } from 'zod';
import type { Application } from './application.ts';
import { type ComparedPerson, compareForDuplicate, type DuplicateReason } from './duplicate.ts';
import { namesIn } from './names.ts';
import { Refusal } from './refusal.ts';

/** How long a check is one checker's after they took it, or last answered something. */
export const leaseMinutes = 15;
export const leaseFrom = (at: Date): Date => new Date(at.getTime() + leaseMinutes * 60_000);

/** What a checker says of the person before they see anything more of them. */
export const declarations = {
  unrelated: 'I do not know this person, and I am not related to them',
  knows: 'I know this person, or I am related to them',
} as const;
export type Declaration = keyof typeof declarations;
export const declaration = z.enum(namesIn(declarations), 'Select whether you know this person');

/** Who has an application for its check, as its row says. */
export interface Lease {
  readonly state: Application['state'];
  readonly leasedBy: string | null;
  readonly leasedUntil: Date | null;
}

/** Taken, and its time has not run out. */
export const isTaken = ({ state, leasedBy, leasedUntil }: Lease, now: Date): boolean =>
  state === 'checking' && leasedBy !== null && leasedUntil !== null && now < leasedUntil;

/** Waiting for anybody: never taken, released, or its time ran out. */
export const isFree = (lease: Lease, now: Date): boolean =>
  lease.state === 'expected' || (lease.state === 'checking' && !isTaken(lease, now));

/** A check stays with whoever took it last until somebody else takes it, so that nothing typed is lost to the clock. */
export const isHeldBy = ({ state, leasedBy }: Lease, checker: string): boolean => state === 'checking' && leasedBy === checker;

/** @throws {Refusal} WRONG_STATE naming who has it and since when, or who changed it */
export function refuseUnlessHeld(application: Application & Lease, checker: string, takenAt: Date | null): void {
  if (isHeldBy(application, checker)) return;
  const { state, id, leasedBy, changedBy, changedAt } = application;
  if (state === 'checking' && leasedBy) throw hasIt(leasedBy, takenAt);
  if (state === 'expected' && changedBy === id)
    throw new Refusal('WRONG_STATE', 'The applicant changed their evidence, so this check was put back. Take it again to go on', {
      state,
      at: changedAt,
    });
  if (state === 'expected') throw new Refusal('WRONG_STATE', 'You do not have this check now. Take it to go on', { state });
  throw new Refusal('WRONG_STATE', `This application ${decidedWords[state] ?? 'does not wait for a check'}`, {
    state,
    by: changedBy,
    at: changedAt,
  });
}

export const hasIt = (by: string, since: Date | null): Refusal =>
  new Refusal('WRONG_STATE', 'Somebody else is checking this application now', {
    state: 'checking',
    by,
    ...(since && { at: since.toISOString() }),
  });

const decidedWords: Readonly<Partial<Record<Application['state'], string>>> = {
  verified: 'is already verified',
  refused: 'is already refused',
  'more-needed': 'waits for more from the applicant',
  withdrawn: 'was withdrawn by the applicant',
  abandoned: 'was given up',
};

/** Signs that an application is the checker's own, or of somebody so close that it could be. */
const ownSigns: readonly DuplicateReason[] = ['same-number', 'same-name-and-birth', 'same-email'];

export const isOwn = (applicant: ComparedPerson, checker: ComparedPerson): boolean =>
  compareForDuplicate(applicant, checker)?.reasons.some((reason) => ownSigns.includes(reason)) ?? false;

/** @throws {Refusal} SAME_PERSON, or NOT_PERMITTED after they said that they know the person */
export function refuseToCheck(of: { isOwn: boolean; declared: Declaration | null }): void {
  if (of.isOwn) throw new Refusal('SAME_PERSON', 'This application looks like your own. Somebody else must check it');
  if (of.declared === 'knows')
    throw new Refusal('NOT_PERMITTED', 'You said that you know this person or are related to them, so somebody else must check it');
}

/** What a reader has to do before the evidence is shown to them: nothing helps whoever knows the person. */
export const opensBy = (of: { isHeld: boolean; declared: Declaration | null }): 'take' | 'declare' | null => {
  if (of.declared === 'knows') return null;
  return of.isHeld ? 'declare' : 'take';
};

/** @throws {Refusal} WRONG_STATE before the checker said that they do not know the person */
export function refuseUnlessDeclared(declared: Declaration | null): void {
  if (declared === 'unrelated') return;
  throw new Refusal('WRONG_STATE', 'Say first whether you know this person or are related to them', { declaration: 'missing' });
}
