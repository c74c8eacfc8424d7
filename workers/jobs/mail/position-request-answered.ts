import type { Facts, Written } from './facts.ts';

export const positionRequestAnswered = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A position request was answered',
  text: `Your question about a request for a position at ${organisation} was answered. The request waits for a decision again.
${tasks}`,
});
