import type { Facts, Written } from './facts.ts';

export const applicationRefused = ({ organisation, ra }: Facts): Written => ({
  subject: 'Your application was not accepted',
  text: `We could not confirm who you are from what you sent, so a Care ID was not made for you.

Your documents are deleted. To ask why, or to apply again, speak to whoever you are joining at ${organisation}.
${ra}`,
});
