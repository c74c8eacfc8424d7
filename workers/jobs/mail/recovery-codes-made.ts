import type { Facts, Written } from './facts.ts';

export const recoveryCodesMade = ({ ra }: Facts): Written => ({
  subject: 'New recovery codes were made',
  text: `New recovery codes were made for your password and authenticator app. Those you had before no longer work.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
