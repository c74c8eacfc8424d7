import type { Facts, Written } from './facts.ts';

export const cardReportCode = ({ code, until, ra }: Facts): Written => ({
  subject: 'Your code to report a smartcard lost or stolen',
  text: `Your code is:

${code}

Enter it on the page where you report your smartcard${until('expiresAt')}. Your smartcard then cannot be used any more, even if it is found.
If you did not ask for this, do not use the code and tell nobody: your smartcard stays as it is.
${ra}`,
});
