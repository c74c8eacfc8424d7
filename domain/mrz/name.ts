/**
 * Names in a machine-readable zone (ICAO 9303 part 3, sections 3.4, 4.6 and 6): apostrophes left out, hyphens and spaces as fillers,
 * accented letters written by the table of section 6, which leaves states a choice, and too long names cut.
 */
import { searchable } from '../personal-name.ts';

/** Section 6.A, where it differs from leaving the accent out; each state picks one. */
const written: Readonly<Record<string, readonly string[]>> = {
  Ä: ['AE', 'A'],
  Å: ['AA', 'A'],
  Æ: ['AE'],
  Ð: ['D'],
  Ñ: ['N', 'NXX'],
  Ö: ['OE', 'O'],
  Ø: ['OE', 'O'],
  Ü: ['UE', 'UXX', 'U'],
  Þ: ['TH'],
  ß: ['SS'],
  ẞ: ['SS'],
  Œ: ['OE'],
  Đ: ['D'],
  Ħ: ['H'],
  Ĳ: ['IJ'],
  Ł: ['L'],
  Ŋ: ['N'],
  Ŧ: ['T'],
  ĸ: ['Q'],
};

export interface MrzName {
  readonly family: readonly string[];
  readonly given: readonly string[];
  /** The name fills its field, so that its end may be missing. */
  readonly mayBeCut: boolean;
}

/** Splits the name field. One name only has no `<<`, and is then the family name. */
export function readMrzName(field: string): MrzName {
  const [family = '', ...given] = field.replace(/<+$/, '').split('<<');
  const words = (text: string) => text.split('<').filter(Boolean);
  return { family: words(family), given: words(given.join('<')), mayBeCut: !field.endsWith('<') };
}

/** Whether a name as typed could be what the zone says, word by word and in this order; if cut, whether it begins so. */
export function agrees(typed: string, zone: readonly string[], mayBeCut: boolean): boolean {
  const words = wordsOf(typed);
  const text = zone.join('<');
  if (words.length === 0 || text === '') return words.length === 0 && text === '';
  let reached = new Set([0]);
  for (const [at, word] of words.entries()) {
    if (at > 0) reached = new Set([...reached, ...[...reached].filter((end) => text[end] === '<').map((end) => end + 1)]);
    for (const letter of word) reached = new Set([...reached].flatMap((end) => endsAfter(text, end, letter, mayBeCut)));
  }
  return reached.has(text.length);
}

/** Given names: the zone may hold more of them than were typed, as when somebody leaves a middle name out. */
export function givenAgrees(typed: string, zone: readonly string[], mayBeCut: boolean): boolean {
  if (wordsOf(typed).length === 0) return false;
  return agrees(typed, zone, mayBeCut) || zone.some((_word, at) => agrees(typed, zone.slice(0, at), false));
}

/** Where in the zone's text one can be once a letter, in any of its spellings, has been read from a place. */
function endsAfter(text: string, from: number, letter: string, mayBeCut: boolean): number[] {
  const rest = text.slice(from);
  return choicesOf(letter).flatMap((choice) => {
    if (rest.startsWith(choice)) return [from + choice.length];
    return mayBeCut && choice.startsWith(rest) ? [text.length] : [];
  });
}

const wordsOf = (typed: string) =>
  typed
    .normalize('NFC')
    .toUpperCase()
    .replace(/['’‘ʼ`´.]/g, '')
    .split(/[\s\p{Pd}<,]+/u)
    .filter(Boolean);

/** What may stand for a letter; nothing the zone can hold for one of another script, which then never agrees. */
function choicesOf(letter: string): readonly string[] {
  const plain = searchable(letter)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  return written[letter] ?? [plain === '' ? '<<' : plain];
}
