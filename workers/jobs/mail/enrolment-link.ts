import type { Facts, Written } from './facts.ts';

export const enrolmentLink = ({ organisation, page, until, ra }: Facts): Written => ({
  subject: 'Register how you sign in',
  text: `Somebody at ${organisation} is with you now, or on a video call with you, to register how you sign in.

Open this page on the device you want to sign in with:
${page}

It can be used once${until('expiresAt')}. The page alone opens nothing: it asks for a code that the person with you reads out. Tell nobody what the page shows you but that person.
If nobody is with you, do not open the page, and tell your Registration Authority.
${ra}`,
});
