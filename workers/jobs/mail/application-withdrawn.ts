import type { Facts, Written } from './facts.ts';

export const applicationWithdrawn = ({ organisation, ra }: Facts): Written => ({
  subject: 'Your application is withdrawn',
  text: `Your application for a Care ID is withdrawn, and your documents are deleted.

You can apply again at any time. If you did not withdraw it, tell ${organisation}.
${ra}`,
});
