import { type Facts, wayBack, type Written } from './facts.ts';

export const applicationReceived = ({ data, organisation, linkTo }: Facts): Written => ({
  subject: 'We have your application',
  text: `We have received your application for a Care ID${data['reference'] ? ` (reference ${data['reference']})` : ''}.

${organisation} now says whether it expects you. After that your identity is checked. You will be told by e-mail when it is done, or if more is needed.
${wayBack(linkTo('/apply/return'))}`,
});
