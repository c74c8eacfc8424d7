import type { Facts, Written } from './facts.ts';

export const signInReported = ({ on, ra }: Facts): Written => ({
  subject: 'You reported a sign-in that was not you',
  text: `You told us that somebody else signed in to your account${on('signedInAt')}.

You were signed out everywhere, and what was used no longer signs in. Your Registration Authority was told, and decides with you what happens next.
${ra}`,
});
