import type { Facts, Written } from './facts.ts';

export const cardRenewalBegun = ({ organisation, ra, on }: Facts): Written => ({
  subject: 'Somebody else works on the renewal of your smartcard',
  text: `Somebody of the Registration Authority of ${organisation} began a step of the renewal of your smartcard${on('at')}. You have to be with them for it.

If you are with them, there is nothing to do. Only you type your passcode: nobody else may see it.

If you are not with them, report your smartcard stolen now, even if you have it: with what they were given, somebody who holds the card could put other keys on it. You can do that day or night without signing in: on the sign-in page of the Care Identity Service, choose "Report your smartcard lost or stolen". Then tell your Registration Authority.
${ra}`,
});
