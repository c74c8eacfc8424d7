import type { Facts, Written } from './facts.ts';

export const caseEnded = ({ organisation, ra }: Facts): Written => ({
  subject: 'A case was ended',
  text: `Something that was begun for you at ${organisation} was ended before it was done.

Your Registration Authority can tell you why.
${ra}`,
});
