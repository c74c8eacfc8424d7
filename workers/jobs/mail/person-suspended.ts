import type { Facts, Written } from './facts.ts';

export const personSuspended = ({ organisation, ra, on }: Facts): Written => ({
  subject: 'Your Care ID was suspended',
  text: `The Registration Authority of ${organisation} suspended your Care ID${on('at')}. You were signed out everywhere, and cannot sign in for now.

If you did not expect this, ask your Registration Authority.
${ra}`,
});
