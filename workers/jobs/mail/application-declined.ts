import type { Facts, Written } from './facts.ts';

export const applicationDeclined = ({ organisation, ra }: Facts): Written => ({
  subject: 'Your application was not taken further',
  text: `${organisation} says that it does not expect you, so your application for a Care ID was not taken further. Nobody looked at your documents.

If you think that this is a mistake, speak to whoever you are joining at ${organisation}.
${ra}`,
});
