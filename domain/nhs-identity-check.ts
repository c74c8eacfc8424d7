/**
 * The NHS face-to-face identity check: one document with a photograph, one that proves the address, and one more of either,
 * all in the checker's hands, and the person in front of them. It sets the identity assurance level by a setting of its own,
 * which is recorded beside the GPG 45 profile and never instead of it.
 */
import { hasPhotograph, kindOf, provesAddress } from './document-type.ts';
import type { PresentedDocument } from './evidence.ts';
import type { IdentityEvidence } from './gpg45.ts';
import { matchAll } from './gpg45/matching.ts';
import type { ConfidenceLevel } from './gpg45/profiles.ts';
import { isMet, type ScoredItem } from './gpg45/validity.ts';

/** As relying parties receive it. */
export type IdentityAssuranceLevel = 0 | 1 | 2 | 3;

export interface AssuranceSettings {
  readonly nhsFaceToFace: IdentityAssuranceLevel;
  readonly byConfidence: Readonly<Record<ConfidenceLevel, IdentityAssuranceLevel>>;
}
export const usualAssurance: AssuranceSettings = {
  nhsFaceToFace: 3,
  byConfidence: { none: 0, low: 1, medium: 2, high: 3, 'very-high': 3 },
};

export interface NhsIdentityCheck {
  readonly passed: boolean;
  /** Ids of the document with a photograph, the one for the address, and the third. */
  readonly used: readonly string[];
  /** In words, what it lacks; empty once passed. */
  readonly missing: readonly string[];
}

type Slot = 'photo' | 'address' | 'either';
const slotWords: Readonly<Record<Slot, string>> = {
  photo: 'A document with a photograph, seen in person',
  address: 'A document that proves the address, seen in person',
  either: 'One more document with a photograph or that proves the address, seen in person',
};

/** @param items the scores of the same documents, in the same order: one that scores nothing does not count here either */
export function nhsIdentityCheck({ documents, faces }: IdentityEvidence, items: readonly ScoredItem[]): NhsIdentityCheck {
  const seen = items.filter((item, at) => item.validity > 0 && isFaceToFace(documents[at]));
  const matched = longestMatch(['photo', 'address', 'either'], seen);
  const met = faces.some(
    ({ method, document, cardPhotograph, against }) =>
      method === 'in-person' && document === 'same' && cardPhotograph === 'same' && seen.some(({ id }) => id === against),
  );
  const missing = [
    ...(['photo', 'address', 'either'] as const).filter((slot) => !matched.slots.includes(slot)).map((slot) => slotWords[slot]),
    ...(met ? [] : ['The person, in front of the checker, compared with a document’s photograph']),
  ];
  return { passed: missing.length === 0, used: missing.length === 0 ? matched.used : [], missing };
}

/** The level that the outcome gives, by whichever of the two gives more. */
export function identityAssuranceLevel(
  level: ConfidenceLevel,
  nhs: NhsIdentityCheck,
  settings: AssuranceSettings = usualAssurance,
): IdentityAssuranceLevel {
  const byConfidence = settings.byConfidence[level];
  return nhs.passed && settings.nhsFaceToFace > byConfidence ? settings.nhsFaceToFace : byConfidence;
}

/** An eVisa is never in hand: its issuer is asked while the person is there. */
function isFaceToFace(document: PresentedDocument | undefined): boolean {
  if (!document) return false;
  return kindOf(document.type).checkable.includes('in-person') ? isMet(document, 'in-person') : isMet(document, 'issuer');
}

/** As many of the slots as can be filled by different documents, the first ones first. */
function longestMatch(slots: readonly Slot[], items: readonly ScoredItem[]): { slots: readonly Slot[]; used: readonly string[] } {
  const subsets: Slot[][] = [slots.slice(), ['photo', 'address'], ['photo', 'either'], ['address', 'either'], ['photo'], ['address'], []];
  for (const subset of subsets) {
    const found = matchAll(subset, items, fills);
    if (found !== null) return { slots: subset, used: found.map(({ id }) => id) };
  }
  return { slots: [], used: [] };
}

function fills({ type }: ScoredItem, slot: Slot): boolean {
  if (slot === 'photo') return hasPhotograph(type);
  if (slot === 'address') return provesAddress(type);
  return hasPhotograph(type) || provesAddress(type);
}
