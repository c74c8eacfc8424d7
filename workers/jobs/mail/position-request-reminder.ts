import type { Facts, Written } from './facts.ts';

export const positionRequestReminder = ({ organisation, tasks }: Facts): Written => ({
  subject: 'A position request still waits for you',
  text: `A request for a position at ${organisation} still waits for you. Until it is decided somebody may not be able to work.
${tasks}`,
});
