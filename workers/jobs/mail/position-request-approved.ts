import type { Facts, Written } from './facts.ts';

export const positionRequestApproved = ({ organisation, position, day }: Facts): Written => ({
  subject: 'A position that you asked for was approved',
  text: `The position${position && ` ‘${position}’`} at ${organisation} that you asked for was approved.

Its holder was told that they can choose it when they sign in, from${day('startsOn')}.`,
});
