import type { Facts, Written } from './facts.ts';

export const enrolmentOver = ({ organisation, ra }: Facts): Written => ({
  subject: 'A registration was not finished',
  text: `A security key or a device was to be registered at ${organisation} to sign in with, and that was not finished. Nothing new signs in, and what may have been registered was removed.

It can be begun again at any time. If you know nothing of it, tell your Registration Authority now.
${ra}`,
});
