import type { Facts, Written } from './facts.ts';

export const careIdCreated = ({ organisation }: Facts): Written => ({
  subject: 'You have a Care ID',
  text: `Your identity is confirmed, and you have a Care ID. You will see the number on your smartcard.

${organisation} now asks for the access your job needs, and for a smartcard. You need do nothing until you are asked to collect it.`,
});
