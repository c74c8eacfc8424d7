import type { Facts, Written } from './facts.ts';

export const positionRequestWithdrawn = ({ organisation }: Facts): Written => ({
  subject: 'A position request was withdrawn',
  text: `A request for a position at ${organisation} was withdrawn. There is nothing left for you to do.`,
});
