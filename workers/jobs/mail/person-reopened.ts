import type { Facts, Written } from './facts.ts';

export const personReopened = ({ organisation, ra, on }: Facts): Written => ({
  subject: 'Your Care ID can be used again',
  text: `The Registration Authority of ${organisation} opened your Care ID again${on('at')}. Nothing that was signed in before came back: sign in anew.

If you did not expect this, tell your Registration Authority now.
${ra}`,
});
