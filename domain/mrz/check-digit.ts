/** Check digits of machine-readable travel documents (ICAO 9303 part 3, section 4.9): weights 7, 3, 1, modulo 10. */
const weights = [7, 3, 1];

/** @param text digits, capital letters (A is 10) and the filler `<` (0) */
export function checkDigit(text: string): string {
  const sum = Array.from(text).reduce((total, letter, at) => total + valueOf(letter) * (weights[at % 3] ?? 0), 0);
  return String(sum % 10);
}

const valueOf = (letter: string) => (letter === '<' ? 0 : Number.parseInt(letter, 36));
