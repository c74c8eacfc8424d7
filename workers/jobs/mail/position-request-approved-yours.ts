import type { Facts, Written } from './facts.ts';

export const positionRequestApprovedYours = ({ organisation, position, day }: Facts): Written => ({
  subject: 'You have a new position',
  text: `You have a new position${position && ` ‘${position}’`} at ${organisation}.

You can choose it at your next sign-in, from${day('startsOn')}.`,
});
