import type { Facts, Written } from './facts.ts';

export const cardCancelled = ({ ra }: Facts): Written => ({
  subject: 'Your smartcard was cancelled',
  text: `Your smartcard was cancelled and can no longer be used.

If you still need one, or did not expect this, ask your Registration Authority.
${ra}`,
});
