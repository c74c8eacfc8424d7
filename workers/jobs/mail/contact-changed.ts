import type { Facts, Written } from './facts.ts';

export const contactChanged = ({ ra }: Facts): Written => ({
  subject: 'Your contact details were changed',
  text: `Your e-mail address or mobile number was changed. For 72 hours nobody who changed them can have your card unlocked.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
