import type { Facts, Written } from './facts.ts';

export const passwordChanged = ({ ra }: Facts): Written => ({
  subject: 'Your password was changed',
  text: `The password that you sign in with was changed. Every session that began with the old one has ended.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
