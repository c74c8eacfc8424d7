import type { Facts, Written } from './facts.ts';

export const cardReportedLost = ({ ra }: Facts): Written => ({
  subject: 'Your smartcard was reported lost or stolen',
  text: `Your smartcard was reported lost or stolen. It can no longer be used, even if it is found.

Your Registration Authority can issue a new one. If you did not report it, tell them now.
${ra}`,
});
