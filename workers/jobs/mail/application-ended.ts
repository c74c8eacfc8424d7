import type { Facts, Written } from './facts.ts';

export const applicationEnded = ({ organisation, ra }: Facts): Written => ({
  subject: 'Your application was ended',
  text: `Your application for a Care ID was ended before it was decided. You can apply again at any time.

To ask why, speak to whoever you are joining at ${organisation}.
${ra}`,
});
