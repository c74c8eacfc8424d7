/** The single steps that raise a score of GPG 45, each with the words that tell a checker what to do. */
import { activityMonths } from '../activity-history.ts';
import { type DocumentType, documentTypeNames, hasPhotograph, isCheckable, kindOf } from '../document-type.ts';
import type { PresentedDocument } from '../evidence.ts';
import { type FaceMethod, faceMethodNames, faceMethods } from '../face.ts';
import type { RequiredEvidence } from './profiles.ts';
import type { RowKey, Scores } from './scores.ts';
import { canBeMet, isMet, type Need, needs, rowScore, type ScoredItem, validityNeeds, validityRows } from './validity.ts';

/** One thing to do; `needs` is the shortest way to do it, `words` name the others too. `size` is by how much a score must rise; for another document, what it must score. */
export type Addition = { readonly size: number; readonly words: string } & (
  | { readonly kind: 'check'; readonly document: string; readonly needs: readonly Need[] }
  | {
      readonly kind: 'document';
      readonly strength: number;
      readonly validity: number;
      /** Those for which meeting `needs` is enough, the weakest first. */
      readonly types: readonly DocumentType[];
      readonly needs: readonly Need[];
    }
  | { readonly kind: 'face'; readonly method: FaceMethod }
  | { readonly kind: 'fraud'; readonly row: RowKey<'fraud'> }
  | { readonly kind: 'activity'; readonly months: number }
);

/** One place in a profile's evidence, and whether the face must be comparable with what fills it. */
export interface Place extends RequiredEvidence {
  readonly photograph: 'none' | 'printed' | 'chip';
  /** The id of the only document that will do: the one a face was already compared with. */
  readonly only?: string;
}

/** Null: nothing needs to be done. */
export type Step = Addition | null | 'impossible';

const suits = (type: DocumentType, { photograph }: Place) =>
  photograph === 'none' || (hasPhotograph(type) && (photograph === 'printed' || isCheckable(type, 'chip')));

/** What each row of the validity table that is enough for a place, and can be reached by a type, still needs; the shortest first. */
function todo(type: DocumentType, { validity, photograph }: Place, scores: Scores, isDone: (need: Need) => boolean): Need[][] {
  const all = validityRows
    .filter((row) => rowScore(row, scores) >= validity && (photograph !== 'chip' || validityNeeds[row].includes('chip')))
    .filter((row) => validityNeeds[row].every((need) => canBeMet(type, need)))
    .map((row) => validityNeeds[row].filter((need) => !isDone(need)))
    .sort((one, other) => one.length - other.length);
  return all.filter((list, at) => !all.slice(0, at).some((shorter) => shorter.every((need) => list.includes(need))));
}

/** What to do further with a document for it to fill a place. Nothing makes up for one that is out of date or not the applicant's. */
export function checkStep(document: PresentedDocument, item: ScoredItem, place: Place, scores: Scores): Step {
  if (item.strength < place.strength || !suits(document.type, place)) return 'impossible';
  if (place.only !== undefined && place.only !== document.id) return 'impossible';
  if (item.validity >= place.validity && (place.photograph !== 'chip' || isMet(document, 'chip'))) return null;
  if (item.voids.some((reason) => reason !== 'not-checked')) return 'impossible';
  const ways = todo(document.type, place, scores, (need) => isMet(document, need));
  if (ways[0] === undefined) return 'impossible';
  const words = `${kindOf(document.type).words}: ${inWords(ways)}`;
  return { kind: 'check', document: document.id, needs: ways[0], size: Math.max(1, place.validity - item.validity), words };
}

/** Another document, of the weakest types that are enough first and those not shown yet before others. */
export function documentStep(place: Place, shown: readonly DocumentType[], scores: Scores): Step {
  const { strength, validity, only } = place;
  if (only !== undefined) return 'impossible';
  const nothingDone = () => false;
  const enough = documentTypeNames
    .filter((type) => scores.strength[type] >= strength && suits(type, place) && todo(type, place, scores, nothingDone).length > 0)
    .sort((one, other) => scores.strength[one] - scores.strength[other] || Number(shown.includes(one)) - Number(shown.includes(other)));
  if (enough[0] === undefined) return 'impossible';
  const ways = todo(enough[0], place, scores, nothingDone);
  const [needed = []] = ways;
  const types = enough.filter((type) => needed.every((need) => canBeMet(type, need)));
  const what = { none: 'document', printed: 'document with a photograph', chip: 'document with a chip' }[place.photograph];
  const examples = types.slice(0, 3).map((type) => kindOf(type).words);
  const words = `Show ${shown.length === 0 ? 'a' : 'another'} ${what}, such as ${examples.join('; ')}: ${inWords(ways)}`;
  return { kind: 'document', strength, validity, types, needs: needed, size: strength + validity, words };
}

/** The least comparison of faces that scores enough with a printed photograph, and with one in a chip. */
export function faceSteps(from: number, to: number, scores: Scores): Array<Addition & { kind: 'face' }> {
  const enough = faceMethodNames
    .filter((method) => scores.verification[method] >= to)
    .sort((one, other) => scores.verification[one] - scores.verification[other]);
  const methods = [enough.find((method) => method !== 'biometric-chip'), enough.find((method) => method === 'biometric-chip')];
  return methods
    .filter((method) => method !== undefined)
    .map((method) => ({ kind: 'face', method, size: to - from, words: faceMethods[method] }));
}

const fraudWords: Readonly<Record<RowKey<'fraud'>, string>> = {
  own: 'Ask our own records about fraud',
  independent: 'Ask our own records and an independent source about fraud',
  again: 'Ask our own records and the independent sources about fraud, and again on the day access is given',
};

export function fraudStep(from: number, to: number, scores: Scores): Step {
  if (from >= to) return null;
  const row = (Object.keys(fraudWords) as Array<RowKey<'fraud'>>).find((candidate) => scores.fraud[candidate] >= to);
  return row === undefined ? 'impossible' : { kind: 'fraud', row, size: to - from, words: fraudWords[row] };
}

export function activityStep(from: number, to: number, scores: Scores): Step {
  if (from >= to) return null;
  const rows = Object.entries(activityMonths) as Array<[RowKey<'activity'>, number]>;
  const months = Math.min(...rows.filter(([row]) => scores.activity[row] >= to).map(([, least]) => least));
  if (!Number.isFinite(months)) return 'impossible';
  return { kind: 'activity', months, size: to - from, words: `Show activity over at least ${months} months` };
}

/** "see it in person and read its chip, or confirm its details": every way to do it. */
const inWords = (ways: readonly Need[][]) =>
  ways.map((way) => (way.length === 0 ? 'check it' : listed(way.map((need) => needs[need])))).join('; or ');
const listed = (todo: readonly string[]) => (todo.length < 2 ? todo.join('') : `${todo.slice(0, -1).join(', ')} and ${todo.at(-1) ?? ''}`);
