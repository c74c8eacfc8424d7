import type { Facts, Written } from './facts.ts';

export const caseHandedOver = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A case was handed to you',
  text: `A case at ${organisation} was handed to you. It waits for you now.
${tasks}`,
});
