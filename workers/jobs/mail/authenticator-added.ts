import type { Facts, Written } from './facts.ts';

export const authenticatorAdded = ({ ra }: Facts): Written => ({
  subject: 'A new way to sign in was added',
  text: `A new way to sign in was added to your account: a security key, a device's fingerprint or face, or a password with an authenticator app.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
