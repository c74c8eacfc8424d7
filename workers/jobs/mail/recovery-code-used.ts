import type { Facts, Written } from './facts.ts';

export const recoveryCodeUsed = ({ ra }: Facts): Written => ({
  subject: 'A recovery code was used',
  text: `Somebody signed in to your account with your password and a recovery code instead of your authenticator app. That code does not work again.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
