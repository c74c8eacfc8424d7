import type { Facts, Written } from './facts.ts';

export const authenticatorAdded = ({ ra }: Facts): Written => ({
  subject: 'A new way to sign in was added',
  text: `A new way to sign in was added to your account: a security key, or this device's fingerprint or face.

If you did not do this, tell your Registration Authority now.
${ra}`,
});
