import type { Facts, Written } from './facts.ts';

export const applicationToCheck = ({ organisation, tasks }: Facts): Written => ({
  subject: 'An identity check waits',
  text: `Somebody whom ${organisation} expects waits for their identity to be checked. Any ID checker can take it.
${tasks}`,
});
