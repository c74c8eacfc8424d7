import type { Facts, Written } from './facts.ts';

export const positionRequestSubmitted = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A position request waits for you',
  text: `A request for a position at ${organisation} was sent in, and waits for a sponsor's decision.
${tasks}`,
});
