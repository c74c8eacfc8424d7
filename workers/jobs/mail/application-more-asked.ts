import { type Facts, wayBack, type Written } from './facts.ts';

export const applicationMoreAsked = ({ linkTo }: Facts): Written => ({
  subject: 'Your application needs something more',
  text: `The person who checks your identity needs something more before they can go on.

Open your application to see what, and to add it.
${wayBack(linkTo('/apply/return'))}`,
});
