/**
 * GPG 45, from what was done to a profile and a level of confidence. Always computed, never chosen.
 * Called by the outcome page, the commands that verify, and domain/gpg45/least.ts, which says what is missing.
 */
import { type ActivityShown, activityScore } from './activity-history.ts';
import type { Day } from './days.ts';
import { hasPhotograph } from './document-type.ts';
import { type EvidenceAges, type PresentedDocument, voidReasons } from './evidence.ts';
import { type FaceCheck, isAnotherPerson, type PhotographDocument, verificationScore } from './face.ts';
import { type FraudAnswer, fraudFindings, fraudScore, stopsCheck } from './fraud.ts';
import { matchAll, meetsEvidence } from './gpg45/matching.ts';
import { type ConfidenceLevel, confidenceLevels, type Profile, profiles } from './gpg45/profiles.ts';
import type { Scores } from './gpg45/scores.ts';
import { isMet, type ScoredItem, scoreDocument } from './gpg45/validity.ts';

/** All that was done to prove one person's identity. */
export interface IdentityEvidence {
  readonly documents: readonly PresentedDocument[];
  readonly faces: readonly FaceCheck[];
  readonly fraud: readonly FraudAnswer[];
  readonly activity: readonly ActivityShown[];
}

export interface Gpg45Settings {
  readonly scores: Scores;
  readonly today: Day;
  readonly ages?: EvidenceAges;
}

export interface Gpg45Scores {
  readonly items: readonly ScoredItem[];
  readonly activity: number;
  readonly fraud: number;
  readonly verification: number;
}

export interface Gpg45Assessment extends Gpg45Scores {
  readonly level: ConfidenceLevel;
  /** The profile that gives the level; null for none. */
  readonly profile: string | null;
  /** Ids of the documents that meet its evidence, in its order. */
  readonly used: readonly string[];
  /** In words, what was found that stops the check whatever the scores: then no profile is met. */
  readonly stops: readonly string[];
}

export function assessGpg45(evidence: IdentityEvidence, settings: Gpg45Settings): Gpg45Assessment {
  const scores = scoreGpg45(evidence, settings);
  const stops = stopsOf(evidence, scores.items);
  const best = stops.length > 0 ? null : bestProfile(scores);
  return { ...scores, stops, level: best?.profile.level ?? 'none', profile: best?.profile.name ?? null, used: best?.used ?? [] };
}

export function scoreGpg45(evidence: IdentityEvidence, { scores, today, ages = {} }: Gpg45Settings): Gpg45Scores {
  const items = evidence.documents.map((document) => scoreDocument(document, scores, { today, ages }));
  return {
    items,
    activity: activityScore(evidence.activity, scores, today),
    fraud: fraudScore(evidence.fraud, scores),
    verification: verificationScore(evidence.faces, photographs(evidence.documents, items), scores),
  };
}

/** The documents, by id, that meet a profile's evidence; null if the profile is not met. */
export function meetsProfile(scores: Gpg45Scores, profile: Profile): string[] | null {
  if (scores.activity < profile.activity || scores.fraud < profile.fraud || scores.verification < profile.verification) return null;
  return matchAll(profile.evidence, scores.items, meetsEvidence)?.map(({ id }) => id) ?? null;
}

/** The first met of the highest level that any is met of, in the order of the guide. */
export function bestProfile(scores: Gpg45Scores): { profile: Profile; used: readonly string[] } | null {
  for (const level of confidenceLevels.toReversed()) {
    for (const profile of profiles.filter((candidate) => candidate.level === level)) {
      const used = meetsProfile(scores, profile);
      if (used !== null) return { profile, used };
    }
  }
  return null;
}

/** Documents that count and have a photograph: those a face may be compared with. */
function photographs(documents: readonly PresentedDocument[], items: readonly ScoredItem[]): PhotographDocument[] {
  return documents
    .filter(({ type }, at) => hasPhotograph(type) && (items[at]?.validity ?? 0) > 0)
    .map((document) => ({ id: document.id, chipVerified: isMet(document, 'chip') }));
}

function stopsOf({ faces, fraud }: IdentityEvidence, items: readonly ScoredItem[]): string[] {
  const forged = items.flatMap(({ voids }) =>
    voids.filter((reason) => voidReasons[reason].stops).map((reason) => voidReasons[reason].words),
  );
  const known = fraud.flatMap(({ found }) => found.filter(({ what }) => stopsCheck(what)).map(({ what }) => fraudFindings[what]));
  const other = faces.some(isAnotherPerson) ? ['The face is not that of the document, or of the photograph for the card'] : [];
  return [...new Set([...forged, ...known, ...other])];
}
