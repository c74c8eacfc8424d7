import type { Facts, Written } from './facts.ts';

/** To the address that was there before: whoever changed it may not be its owner. */
export const contactChangedBefore = ({ ra }: Facts): Written => ({
  subject: 'Your e-mail address was changed',
  text: `This address is no longer the one your account is reached at. For 72 hours nobody can have your card unlocked through the new one.

If you did not do this, tell your Registration Authority now: somebody else may be using your account.
${ra}`,
});
