import type { Facts, Written } from './facts.ts';

export const enrolmentWitnessed = ({ organisation, ra }: Facts): Written => ({
  subject: 'You confirmed how somebody signs in',
  text: `You said that you witnessed how somebody at ${organisation} registered a security key or a device, and it now signs in to their account.

If that was not you, tell your Registration Authority now.
${ra}`,
});
