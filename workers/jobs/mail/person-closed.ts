import type { Facts, Written } from './facts.ts';

export const personClosed = ({ organisation, ra, on }: Facts): Written => ({
  subject: 'Your Care ID was closed',
  text: `The Registration Authority of ${organisation} closed your Care ID${on('at')}. You were signed out everywhere, and cannot sign in any more.

If you did not expect this, ask your Registration Authority.
${ra}`,
});
