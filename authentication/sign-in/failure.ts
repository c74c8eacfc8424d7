/** Why a sign-in did not happen. What only the server knows is said after the authenticator has proved itself, never before. */
export const failures = {
  TOO_LATE: 'That took too long, or was done already. Try again',
  NOT_READ: 'The answer of your authenticator could not be read. Try again',
  UNKNOWN: 'This authenticator is not known here. Use the one you registered, or ask your Registration Authority',
  NOT_PROVED: 'Your authenticator could not be checked. Try again, or use another one',
  REMOVED: 'This authenticator was removed. Use another one, or ask your Registration Authority',
  WRONG_KIND: 'Another kind of authenticator is needed here. Use a security key that you can carry with you',
  STRONGER_NEEDED: 'Sign in with something at least as strong as what you want to add: your smartcard or a security key',
  PERSON_SUSPENDED: 'Your Care ID is suspended. Ask your Registration Authority',
  PERSON_CLOSED: 'Your Care ID is closed. Ask your Registration Authority if you think this is wrong',
} as const;
export type FailureReason = keyof typeof failures;

/** Thrown through the transaction, caught by the page. */
export class SignInFailure extends Error {
  readonly reason: FailureReason;
  /** Whose it would have been, where that was proved, and what it was tried with. */
  readonly about: { person?: string; organisation?: string; with?: string };

  constructor(reason: FailureReason, about: SignInFailure['about'] = {}) {
    super(failures[reason]);
    this.reason = reason;
    this.about = about;
  }
}
