/** Why sign-ins end, and how systems take the news, in words for pages. */
const reasons: Readonly<Record<string, string>> = {
  'signed-out': 'They signed out',
  'ended-by-person': 'They ended it themselves',
  'ended-by-manager': 'An RA manager ended it',
  'ended-in-sandbox': 'It was ended in the sandbox',
  'person.suspend': 'Their Care ID was suspended',
  'person.close': 'Their Care ID was closed',
  'position.ended': 'A position ended',
  'authenticator.removed': 'An authenticator was removed',
  'authenticator.lost': 'An authenticator was reported lost',
  'password.changed': 'Their password was changed',
  'not-me': 'They said that it was not them',
};

export function endInWords(reason: string | null): string {
  if (reason && reasons[reason]) return reasons[reason];
  if (reason?.startsWith('smartcard.')) return 'Their smartcard was cancelled, reported or replaced';
  return 'It was ended';
}

export const tellingAnswers = ['waiting', 'told', 'failed', 'given-up', 'takes-none'] as const;
export type TellingAnswer = (typeof tellingAnswers)[number];
export const tellingWords: Readonly<Record<TellingAnswer, string>> = {
  waiting: 'Being told',
  told: 'Told',
  failed: 'Did not answer, and is told again',
  'given-up': 'Never answered',
  'takes-none': 'Takes no such news: its tokens do not work any more',
};

export const signInMethodWords = {
  smartcard: 'Smartcard',
  'security-key': 'Security key',
  biometrics: 'Fingerprint, face or PIN of a device',
  passkey: 'Passkey',
  'password-totp': 'Password and authenticator app',
} as const;
export const methodInWords = (method: string): string => (signInMethodWords as Record<string, string>)[method] ?? 'Another way';
