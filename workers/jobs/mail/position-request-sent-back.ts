import type { Facts, Written } from './facts.ts';

export const positionRequestSentBack = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A question about your position request',
  text: `A sponsor at ${organisation} has a question about a position you asked for. The request waits for your answer.
${tasks}`,
});
