import type { Facts, Written } from './facts.ts';

export const positionRequestApproved = ({ organisation }: Facts): Written => ({
  subject: 'A position was approved',
  text: `A position at ${organisation} was approved.

If it is yours, you can choose it from its first day the next time you sign in.`,
});
