import type { Facts, Written } from './facts.ts';

export const authenticatorRemoved = ({ ra }: Facts): Written => ({
  subject: 'A way to sign in was removed',
  text: `A security key, a device's fingerprint or face, or a password with an authenticator app no longer signs in to your account.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
