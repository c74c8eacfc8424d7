import type { Facts, Written } from './facts.ts';

export const positionNeeded = ({ organisation, pageAt, data }: Facts): Written => ({
  subject: 'Somebody has a Care ID and needs a position',
  text: `Somebody who joins ${organisation} was given a Care ID, and holds no position yet. Ask for the position their job needs.

Sign in to the Care Identity Service as you usually do. This is their page, which opens only to those who may see it:
${pageAt(`/people/${data['person'] ?? ''}`)}`,
});
