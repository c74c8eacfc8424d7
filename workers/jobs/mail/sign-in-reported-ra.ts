import type { Facts, Written } from './facts.ts';

export const signInReportedRa = ({ organisation, data, on }: Facts): Written => ({
  subject: 'A sign-in was reported as somebody else’s',
  text: `Somebody at ${organisation} told us that a sign-in${on('signedInAt')} with their account was not them: Care ID ${data['careId'] ?? ''}.

They were signed out everywhere, and what was used no longer signs in. Talk to them, find out how it happened, and then remove that authenticator or give them a new one. Sign in to the Care Identity Service and look for their Care ID.
`,
});
