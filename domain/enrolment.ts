/**
 * Registering an authenticator by a Registration Authority's link: a witness starts it for somebody they have before them, the holder
 * opens the link with a code that the witness reads out, and what they register signs in only once the witness types the number that
 * the holder's device shows. Asked by commands, by the activity that commits, and by the pages of both.
 */
import { instantInWords } from './days.ts';
import { Refusal } from './refusal.ts';

export const enrolmentStates = ['asked', 'sent', 'registered', 'confirmed', 'expired', 'failed', 'withdrawn', 'ended'] as const;
export type EnrolmentState = (typeof enrolmentStates)[number];

/** How the witness and the holder see each other. */
export const witnessings = ['face-to-face', 'video'] as const;
export type Witnessing = (typeof witnessings)[number];
export const witnessingWords: Readonly<Record<Witnessing, string>> = { 'face-to-face': 'Face to face', video: 'By video' };

interface Step {
  readonly from: readonly EnrolmentState[];
  readonly to: EnrolmentState;
}
const open = ['asked', 'sent', 'registered'] as const;

/** What is not in this table cannot happen. `send` is the service's own, `register` the holder's, the rest the witness's or the clock's. */
export const enrolmentSteps = {
  send: { from: ['asked'], to: 'sent' },
  register: { from: ['sent'], to: 'registered' },
  confirm: { from: ['registered'], to: 'confirmed' },
  withdraw: { from: open, to: 'withdrawn' },
  expire: { from: open, to: 'expired' },
  /** Too many wrong codes, or wrong numbers. */
  fail: { from: open, to: 'failed' },
  end: { from: open, to: 'ended' },
} as const satisfies Record<string, Step>;
export type EnrolmentAction = keyof typeof enrolmentSteps;

export interface EnrolmentTerms {
  /** From the start until everything has to be done. */
  readonly withinMinutes: number;
}

/** What goes through Temporal: ids, and dates as text. */
export interface Enrolment {
  readonly id: string;
  readonly organisation: string;
  /** Whose authenticator it will be. */
  readonly person: string;
  readonly witness: string;
  readonly witnessing: Witnessing;
  readonly state: EnrolmentState;
  readonly version: number;
  readonly askedAt: string;
  readonly expiresAt: string;
  readonly changedBy: string;
  readonly changedAt: string;
  readonly authenticator: string | null;
}

export const isEnrolmentOpen = (state: EnrolmentState): boolean => open.some((each) => each === state);

/** Whom it waits for: whoever registers, until there is a number for the witness to type. */
export function enrolmentWaitsFor(state: EnrolmentState): 'worker' | 'asker' | null {
  if (!isEnrolmentOpen(state)) return null;
  return state === 'registered' ? 'asker' : 'worker';
}

const stateWords: Readonly<Record<EnrolmentState, string>> = {
  asked: 'the link is being made',
  sent: 'the link was sent, and nothing is registered yet',
  registered: 'registered, and waiting for the witness to type the number',
  confirmed: 'done: it signs in',
  expired: 'out of time',
  failed: 'over: a code or number was wrong too often',
  withdrawn: 'withdrawn',
  ended: 'ended by a manager',
};
export const enrolmentInWords = (state: EnrolmentState): string => stateWords[state];

/** @throws {Refusal} WRONG_STATE with what it is, by whom and since when */
export function nextEnrolmentState({ state, changedBy, changedAt }: Enrolment, action: EnrolmentAction): EnrolmentState {
  const { from, to }: Step = enrolmentSteps[action];
  if (from.includes(state)) return to;
  throw new Refusal('WRONG_STATE', `This cannot be done now: ${stateWords[state]}`, { state, by: changedBy, at: changedAt });
}

/** Wrong codes, and wrong numbers, after which it is over. */
export const enrolmentTries = 5;

const letters = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'; // none that sounds or looks like another: no I, L, O, 0 or 1
/** @param random gives a whole number from 0 and below its argument, each as likely: node:crypto's randomInt */
export const makeEnrolmentCode = (random: (below: number) => number): string =>
  Array.from({ length: 8 }, () => letters[random(letters.length)]).join('');

/** @returns the code as it is kept, whatever spaces or hyphens were typed; null if it cannot be one */
export function readEnrolmentCode(typed: string): string | null {
  const code = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase();
  return code.length === 8 && Array.from(code).every((letter) => letters.includes(letter)) ? code : null;
}
export const enrolmentCodeProblem = 'Enter the code as it is read out to you: 8 letters and numbers, such as K7MP-2XQR';

/** @returns the six digits, whatever spaces were typed; null if they are not six */
export function readEnrolmentNumber(typed: string): string | null {
  const digits = typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '');
  return /^[0-9]{6}$/.test(digits) ? digits : null;
}

/** After a change of e-mail address nothing is recovered by it for so long. */
const contactRestsMs = 72 * 60 * 60 * 1000;

export interface Enrolling {
  readonly witness: string;
  readonly person: string;
  readonly state: 'active' | 'suspended' | 'closed';
  readonly email: string | null;
  readonly contactChangedAt: Date | null;
  /** Somebody else is reached there too. */
  readonly isEmailShared: boolean;
}

/** @throws {Refusal} SAME_PERSON; WRONG_STATE where there is nobody to register, or no address that is theirs alone and known for a while */
export function refuseToEnrol(enrolling: Enrolling, now: Date): void {
  const { witness, person, state, email, contactChangedAt, isEmailShared } = enrolling;
  if (witness === person)
    throw new Refusal('SAME_PERSON', 'You cannot witness your own registration. Sign in and add it yourself, or ask a colleague');
  if (state !== 'active') throw new Refusal('WRONG_STATE', `This person is ${state}, so nothing can be registered for them`, { state });
  if (!email) throw new Refusal('WRONG_STATE', 'This person has no e-mail address to send the link to');
  if (isEmailShared) throw new Refusal('WRONG_STATE', 'Somebody else has the same e-mail address, so no link is sent there');
  const until = contactChangedAt && new Date(contactChangedAt.getTime() + contactRestsMs);
  if (until && until > now)
    throw new Refusal('WRONG_STATE', `Their contact details were changed, so no link is sent there until ${instantInWords(until)}`, {
      until: until.toISOString(),
    });
}
