import type { Facts, Written } from './facts.ts';

export const invitation = ({ organisation, linkTo, until }: Facts): Written => ({
  subject: 'Apply for a Care ID',
  text: `${organisation} invites you to apply for a Care ID, which you need to use its clinical systems.

Open this link to begin:
${linkTo('/apply/invitation')}

It can be used once${until('expiresAt')}. You will need an identity document, something that shows your address, and a camera.
If you did not expect this, you need do nothing.`,
});
