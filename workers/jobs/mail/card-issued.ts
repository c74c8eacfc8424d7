import type { Facts, Written } from './facts.ts';

export const cardIssued = ({ ra }: Facts): Written => ({
  subject: 'Your smartcard is ready to use',
  text: `A smartcard was issued to you, and you chose its passcode.

Never tell anybody the passcode, and never let anybody else use the card. If it is lost or stolen, report it at once, day or night.
If you did not receive a card, tell your Registration Authority now.
${ra}`,
});
