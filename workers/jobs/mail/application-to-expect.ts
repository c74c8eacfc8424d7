import type { Facts, Written } from './facts.ts';

export const applicationToExpect = ({ organisation, tasks }: Facts): Written => ({
  subject: 'Somebody has applied: do you expect them?',
  text: `An application for a Care ID to join ${organisation} was sent in. Say whether you expect this person: only then is their identity checked.
${tasks}`,
});
