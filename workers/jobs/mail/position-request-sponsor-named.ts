import type { Facts, Written } from './facts.ts';

export const positionRequestSponsorNamed = ({ organisation, tasks }: Facts): Written => ({
  subject: 'You are asked to decide a position request',
  text: `An RA manager asks you to decide a request for a position at ${organisation} that nobody has decided.
${tasks}`,
});
