import type { Facts, Written } from './facts.ts';

export const renewalDone = ({ day, ra }: Facts): Written => ({
  subject: 'Your smartcard is renewed',
  text: `The certificates on your smartcard were renewed. They are good until${day('notAfter')}.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
