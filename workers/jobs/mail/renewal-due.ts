import type { Facts, Written } from './facts.ts';

export const renewalDue = ({ on }: Facts): Written => ({
  subject: 'Renew your smartcard',
  text: `The certificates on your smartcard end${on('notAfter')}. After that you cannot sign in with it.

Renew it yourself before then: sign in as you usually do, with your card and passcode, and choose "Renew your own smartcard". It takes a few minutes.
This message has no link to sign in, and never will have.`,
});
