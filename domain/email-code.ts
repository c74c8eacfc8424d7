/**
 * The six digits that confirm an e-mail address, or let an applicant back in: made once, good for a while, locked by five wrong tries.
 * Only a hash of the digits is kept; whoever keeps it compares hashes and asks here what that means.
 */
import { instantInWords } from './days.ts';
import { Refusal } from './refusal.ts';

export interface EmailCode {
  readonly sentAt: Date;
  readonly expiresAt: Date;
  readonly wrongTries: number;
  readonly usedAt: Date | null;
  /** A newer one was sent: only the newest is good. */
  readonly replaced: boolean;
}

export interface EmailCodeSettings {
  readonly goodForMinutes: number;
  readonly wrongTries: number;
  /** How soon another may be asked for, and how many in an hour, so that nobody's inbox is filled by it. */
  readonly againAfterSeconds: number;
  readonly inAnHour: number;
}
export const usualEmailCodeSettings: EmailCodeSettings = { goodForMinutes: 15, wrongTries: 5, againAfterSeconds: 30, inAnHour: 6 };

export const emailCodeProblem = 'The code is 6 numbers, such as 012345';

/** @param random gives a whole number from 0 and below its argument, each as likely: node:crypto's randomInt */
export const makeEmailCode = (random: (below: number) => number): string => String(random(1_000_000)).padStart(6, '0');

/** @returns the six digits as somebody typed them, with spaces or a hyphen perhaps; null if they are not six */
export function readEmailCode(typed: string): string | null {
  const digits = typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '');
  return /^[0-9]{6}$/.test(digits) ? digits : null;
}

export function newEmailCode(at: Date, settings = usualEmailCodeSettings): EmailCode {
  const expiresAt = new Date(at.getTime() + settings.goodForMinutes * 60_000);
  return { sentAt: at, expiresAt, wrongTries: 0, usedAt: null, replaced: false };
}

/** @throws {Refusal} TOO_MANY_TRIES if another was sent a moment ago, or too many within the hour; both say when to ask again */
export function refuseTooManyCodes(sentAt: readonly Date[], now: Date, settings = usualEmailCodeSettings): void {
  const times = sentAt.map((at) => at.getTime()).sort((one, other) => other - one);
  const [last] = times;
  const nth = times[settings.inAnHour - 1];
  const next = Math.max(last === undefined ? 0 : last + settings.againAfterSeconds * 1000, nth === undefined ? 0 : nth + 3_600_000);
  if (next <= now.getTime()) return;
  const at = new Date(next);
  throw new Refusal('TOO_MANY_TRIES', `A code was sent a moment ago. You can ask for another after ${instantInWords(at)}`, {
    at: at.toISOString(),
  });
}

export type Try =
  { readonly right: true; readonly code: EmailCode } | { readonly right: false; readonly code: EmailCode; readonly triesLeft: number };

/**
 * What a try leads to. A wrong one is counted, and must be saved before it is answered.
 *
 * @param matches whether the digits' hash is the one kept
 * @throws {Refusal} TOO_MANY_TRIES once locked, even for the right digits; EXPIRED if too late, used or replaced. Each says to ask for a new one
 */
export function tryEmailCode(code: EmailCode, matches: boolean, at: { now: Date; settings?: EmailCodeSettings }): Try {
  const { wrongTries } = at.settings ?? usualEmailCodeSettings;
  if (code.wrongTries >= wrongTries)
    throw new Refusal('TOO_MANY_TRIES', 'That code is locked after too many wrong tries. Ask for a new code');
  if (code.replaced) throw new Refusal('EXPIRED', 'A newer code was sent. Use the newest, or ask for a new code');
  if (code.usedAt !== null) throw new Refusal('EXPIRED', 'That code has been used. Ask for a new code');
  if (at.now >= code.expiresAt) throw new Refusal('EXPIRED', 'That code has expired. Ask for a new code');
  if (matches) return { right: true, code: { ...code, usedAt: at.now } };
  const tried = { ...code, wrongTries: code.wrongTries + 1 };
  return { right: false, code: tried, triesLeft: wrongTries - tried.wrongTries };
}

/** What to say after a wrong try. */
export const wrongCodeWords = (triesLeft: number): string =>
  triesLeft === 0
    ? 'That is not the code, and it is now locked. Ask for a new code'
    : `That is not the code. You have ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left`;
