import type { Facts, Written } from './facts.ts';

export const positionRequestEscalated = ({ organisation, tasks }: Facts): Written => ({
  subject: 'Nobody has decided a position request',
  text: `A request for a position at ${organisation} has waited for a sponsor for too long. Name another sponsor for it: you cannot decide it instead.
${tasks}`,
});
