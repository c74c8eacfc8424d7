import type { Facts, Written } from './facts.ts';

export const authenticatorLost = ({ ra }: Facts): Written => ({
  subject: 'A way to sign in was reported lost',
  text: `A security key, a device's fingerprint or face, or a password with an authenticator app was reported lost. It no longer signs in to your account, and every session that began with it has ended.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
