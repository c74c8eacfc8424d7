import type { Facts, Written } from './facts.ts';

const inGroups = (careId = '') => careId.replace(/(\d{4})(?=\d)/g, '$1 ');

export const careIdCreated = ({ organisation, data }: Facts): Written => ({
  subject: 'You have a Care ID',
  text: `Your identity is confirmed, and you have a Care ID: ${inGroups(data['careId'])}
It is yours for as long as you work in health or care, wherever that is. You will see it on your smartcard.

${organisation} now asks for the access your job needs, and for a smartcard. You need do nothing until you are asked to collect it.`,
});
