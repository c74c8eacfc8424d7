import type { Facts, Written } from './facts.ts';

export const cardUnlockBegun = ({ organisation, ra, on }: Facts): Written => ({
  subject: 'Somebody began to unlock your smartcard',
  text: `Somebody at ${organisation} began to unlock your smartcard${on('at')}, and said that you were with them.

If you are with them, there is nothing to do. Only you choose the new passcode: nobody else may see you type it.

If you are not with them, report your smartcard stolen now, even if you have it: with what they were given, somebody who holds the card could choose a passcode for it. You can do that day or night without signing in: on the sign-in page of the Care Identity Service, choose "Report your smartcard lost or stolen". Then tell your Registration Authority.
${ra}`,
});
