import type { Facts, Written } from './facts.ts';

export const positionRequestRejected = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A position request was rejected',
  text: `A request for a position at ${organisation} that you made was rejected. The reason is with the request.
${tasks}`,
});
