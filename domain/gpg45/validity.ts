/** What a checked document is worth: the best row of the validity table whose every need is met. */
import type { Day } from '../days.ts';
import { type Checkable, type DocumentType, isCheckable } from '../document-type.ts';
import { bareNumber, type DocumentCheck, type EvidenceAges, type PresentedDocument, type VoidReason, voidsOf } from '../evidence.ts';
import { photographOnlyAtMost, type RowKey, type Scores } from './scores.ts';

type ValidityRow = RowKey<'validity'>;

/** What a row of the table needs, each in words that say what to do. */
export const needs = {
  'in-person': 'see it in person',
  'on-video': 'see it live on video',
  trained: 'have a checker look who is trained in documents',
  features: 'check its visible security features',
  ultraviolet: 'look at it under ultraviolet light or magnified',
  issuer: 'confirm its details with whoever issued it',
  'not-reported': 'ask whether it was reported cancelled, lost or stolen',
  chip: 'read its chip and verify the signature',
} as const;
export type Need = keyof typeof needs;

export const validityNeeds: Readonly<Record<ValidityRow, readonly Need[]>> = {
  'photograph-only': [],
  'on-video': ['on-video'],
  'in-person': ['in-person'],
  'in-person-trained': ['in-person', 'trained', 'features'],
  'issuer-confirmed': ['issuer'],
  'in-person-ultraviolet': ['in-person', 'trained', 'ultraviolet', 'not-reported'],
  'chip-read': ['in-person', 'chip', 'not-reported'],
};
export const validityRows = Object.keys(validityNeeds) as ValidityRow[];

/** Whether a check met a need. What takes the document in hand counts only where it was in hand. */
const met: Readonly<Record<Need, (check: DocumentCheck) => boolean>> = {
  'in-person': ({ seen }) => seen === 'in-person',
  'on-video': ({ seen }) => seen !== 'upload-only',
  trained: ({ byTrained }) => byTrained,
  features: ({ seen, features }) => seen === 'in-person' && features === 'right',
  ultraviolet: ({ seen, ultraviolet }) => seen === 'in-person' && ultraviolet === 'right',
  issuer: ({ issuer }) => issuer === 'confirmed',
  'not-reported': ({ reported }) => reported === 'not-reported',
  chip: ({ seen, chip }) => seen === 'in-person' && chip === 'right',
};

/** Whether a need can be met at all for a type: an account has no chip, an eVisa is never in hand. */
export function canBeMet(type: DocumentType, need: Need): boolean {
  if (need === 'on-video') return isCheckable(type, 'in-person');
  return need === 'trained' || need === 'not-reported' || isCheckable(type, need satisfies Checkable);
}

export const isMet = (document: PresentedDocument, need: Need): boolean =>
  document.check !== null && canBeMet(document.type, need) && met[need](document.check);

/** What a row scores by these settings; a photograph alone at most 1 by any. */
export const rowScore = (row: ValidityRow, scores: Scores): number =>
  row === 'photograph-only' ? Math.min(photographOnlyAtMost, scores.validity[row]) : scores.validity[row];

export interface ScoredItem {
  readonly id: string;
  /** The same for the same document sent in twice, known by its number: it counts once. */
  readonly thing: string;
  readonly type: DocumentType;
  readonly strength: number;
  readonly validity: number;
  /** The row that gave the validity; null if nothing did. */
  readonly row: ValidityRow | null;
  readonly voids: readonly VoidReason[];
}

export function scoreDocument(document: PresentedDocument, scores: Scores, on: { today: Day; ages?: EvidenceAges }): ScoredItem {
  const voids = voidsOf(document, on.today, on.ages);
  const rows = voids.length > 0 ? [] : validityRows.filter((row) => validityNeeds[row].every((need) => isMet(document, need)));
  // Of rows that score the same the later says more: one seen in person is no photograph only.
  const row = rows.reduce<ValidityRow | null>(
    (best, next) => (best === null || rowScore(next, scores) >= rowScore(best, scores) ? next : best),
    null,
  );
  const { id, type } = document;
  const number = bareNumber(document.number ?? '');
  const thing = number === '' ? `document ${id}` : `number ${number}`;
  return { id, thing, type, strength: scores.strength[type], validity: row === null ? 0 : rowScore(row, scores), row, voids };
}
