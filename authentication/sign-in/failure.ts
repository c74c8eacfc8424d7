import { delayWords } from '../../domain/authenticator-delay.ts';

/** Why a sign-in did not happen. What only the server knows is said after the authenticator has proved itself, never before. */
export const failures = {
  TOO_LATE: 'That took too long, or was done already. Try again',
  NOT_READ: 'The answer of your authenticator could not be read. Try again',
  UNKNOWN: 'This authenticator is not known here. Use the one you registered, or your smartcard',
  NOT_PROVED: 'Your authenticator could not be checked. Try again, or use another one',
  WRONG_PASSWORD: 'The Care ID, the password or the code is not right. Try again',
  WRONG_CODE: 'That code is not right. Enter the six digits that your authenticator app shows now',
  DELAYED: 'Too many tries failed. Try again later',
  WRONG_KIND: 'Another kind of authenticator is needed here. Use a security key that you can carry with you',
  STRONGER_NEEDED: 'Sign in with something at least as strong as what you want to add: your smartcard or a security key',
  CLOCK_WRONG: 'The clock of this computer is wrong. Ask your IT service desk to set it, then try again',
  NOT_OUR_CARD: 'This is not a smartcard of this service. Use your own NHS smartcard',
  CARD_NOT_READY: 'This smartcard is not finished. Go back to the Registration Authority that is issuing it',
  CARD_LOCKED: 'This smartcard is locked. Have it unlocked by an unlocker, your sponsor or your Registration Authority, with you there',
  CARD_ENDED: 'This smartcard was cancelled. Ask your Registration Authority for a new one',
  CARD_REPORTED: 'This smartcard was reported lost or stolen, and does not work again. Give it to your Registration Authority',
  CARD_REPLACED: 'This smartcard was replaced by a newer one. Use that one, and give this one to your Registration Authority',
  CARD_SUPERSEDED: 'This smartcard was renewed and still shows its old certificate. Take it out, put it in again and try once more',
  CARD_EXPIRED: 'This smartcard has expired. See your Registration Authority, who renew it while you wait',
  PERSON_SUSPENDED: 'Your Care ID is suspended. Ask your Registration Authority',
  PERSON_CLOSED: 'Your Care ID is closed. Ask your Registration Authority if you think this is wrong',
} as const;
export type FailureReason = keyof typeof failures;

/** Thrown through the transaction, caught by the page. */
export class SignInFailure extends Error {
  readonly reason: FailureReason;
  /** Whose it would have been, where that was proved, what it was tried with, and until when nobody may try again. */
  readonly about: { person?: string; organisation?: string; with?: string; until?: Date };

  constructor(reason: FailureReason, about: SignInFailure['about'] = {}) {
    super(about.until ? delayWords(about.until, new Date()) : failures[reason]);
    this.reason = reason;
    this.about = about;
  }
}
