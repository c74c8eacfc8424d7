import type { Facts, Written } from './facts.ts';

export const renewalExpired = ({ on, ra }: Facts): Written => ({
  subject: 'Your smartcard has expired',
  text: `The certificates on your smartcard ended${on('notAfter')}, so you cannot sign in with it or renew it yourself.

See your Registration Authority, with the card. They can renew it while you are there.
${ra}`,
});
