/** What a password may be (OWASP ASVS 5.0, 6.2; NIST SP 800-63B, 3.1.1): long, not known to be used by others, and nothing of the person's own. */
export const leastCharacters = 12;
export const mostCharacters = 128;

/** The same password however a keyboard composes its letters (NIST SP 800-63B, 3.1.1.2). Nothing is cut off. */
export const passwordAsMeant = (typed: string): string => typed.normalize('NFC');

export interface Whose {
  careId: string;
  /** Of the person and of this service: a password may have them in it, but not be little else. */
  words: readonly string[];
}

/** @returns what is wrong, in words; nothing if it may be kept, unless it is known from a breach */
export function passwordProblem(password: string, { careId, words }: Whose): string | undefined {
  const characters = Array.from(password);
  if (characters.length < leastCharacters) return `Password must be ${leastCharacters} characters or more`;
  if (characters.length > mostCharacters) return `Password must be ${mostCharacters} characters or fewer`;
  if (password.replaceAll(/\s/g, '').includes(careId)) return 'Password must not contain your Care ID';
  if (new Set(characters).size < 5) return 'Password must not be a few characters again and again';
  const rest = words
    .filter((word) => word.length > 2)
    .reduce((left, word) => left.replaceAll(word.toLowerCase(), ''), password.toLowerCase());
  if (Array.from(rest).length < 6) return 'Password must be more than your name or the name of this service';
  return undefined;
}

/** Spaces between the groups of a Care ID or a code are how people write them. */
export const withoutSpaces = (typed: string): string => typed.replaceAll(/[\s-]/g, '');

export const recoveryCodeCount = 10;
/** 50 bits each, of letters and digits that are not taken for each other (Crockford). */
export const recoveryAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const recoveryCodeLength = 10;
/** As it is kept: however it was typed. */
export const recoveryCodeAsMeant = (typed: string): string =>
  withoutSpaces(typed).toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
