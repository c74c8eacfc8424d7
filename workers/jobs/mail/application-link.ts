import type { Facts, Written } from './facts.ts';

export const applicationLink = ({ linkTo, until }: Facts): Written => ({
  subject: 'Your link to come back to your application',
  text: `Open this link to come back to your application for a Care ID:
${linkTo('/apply/return')}

It can be used${until('expiresAt')}. The link alone opens nothing: you are sent a code first.
If you did not ask for it, you need do nothing.`,
});
