import type { Facts, Written } from './facts.ts';

export const caseReminder = ({ organisation, tasks }: Facts): Written => ({
  subject: 'Something still waits for you',
  text: `A manager reminds you of something at ${organisation} that waits for you.
${tasks}`,
});
