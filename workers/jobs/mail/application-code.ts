import type { Facts, Written } from './facts.ts';

export const applicationCode = ({ code, until }: Facts): Written => ({
  subject: 'Your code is in this message',
  text: `Your code is:

${code}

Enter it on the page where you were asked for it${until('expiresAt')}. Nobody who works for this service will ever ask you for it.
If you did not ask for a code, you need do nothing.`,
});
