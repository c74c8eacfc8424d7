import type { Facts, Written } from './facts.ts';

export const positionRequestExpired = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A position request was not decided in time',
  text: `A request for a position at ${organisation} was not decided in time, and has ended. It can be made again.
${tasks}`,
});
