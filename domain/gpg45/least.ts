/**
 * What is missing for a level, and the least that would make it up: every profile of that level or above is tried with every way
 * to fill its evidence from what was shown. The ways are ranked by the number of steps, then by how far they
 * have to raise the scores together.
 */
import { assessGpg45, type Gpg45Assessment, type Gpg45Settings, type IdentityEvidence } from '../gpg45.ts';
import { type FaceMethod, faceScore } from '../face.ts';
import { activityStep, type Addition, checkStep, documentStep, faceSteps, fraudStep, type Place } from './additions.ts';
import { type ConfidenceLevel, type Profile, profiles, reaches } from './profiles.ts';

export interface Way {
  readonly profile: string;
  readonly additions: readonly Addition[];
}

/** @returns for every profile that could still be met its least additions, the least of all first; none if a finding stops the check */
export function waysTo(wanted: ConfidenceLevel, evidence: IdentityEvidence, settings: Gpg45Settings): Way[] {
  const assessment = assessGpg45(evidence, settings);
  if (assessment.stops.length > 0 || reaches(assessment.level, wanted)) return [];
  const now = { evidence, settings, assessment, choices: new Map() };
  return profiles
    .filter(({ level }) => reaches(level, wanted))
    .flatMap((profile) => leastFor(profile, now) ?? [])
    .sort(byCost);
}

interface Situation {
  readonly evidence: IdentityEvidence;
  readonly settings: Gpg45Settings;
  readonly assessment: Gpg45Assessment;
  /** What may fill a place, worked out once for each kind of place. */
  readonly choices: Map<string, readonly Choice[]>;
}

/** A document that was shown, or null for another, and what it takes for it to fill a place. */
interface Choice {
  readonly thing: string | null;
  readonly additions: readonly Addition[];
}

function leastFor(profile: Profile, now: Situation): Way | null {
  const { activity, fraud } = now.assessment;
  const { scores } = now.settings;
  const steps = [activityStep(activity, profile.activity, scores), fraudStep(fraud, profile.fraud, scores)];
  if (steps.includes('impossible')) return null;
  const others = steps.filter((step) => step !== null && step !== 'impossible');
  const ways = facings(profile, now).flatMap(({ places, face }) => {
    const filled = leastFilling(places, now);
    return filled === null ? [] : [{ profile: profile.name, additions: [...filled, ...face, ...others] }];
  });
  return ways.sort(byCost)[0] ?? null;
}

/** Where ways are as long and as large, what the checker can do alone goes before what the applicant must come back for. */
const trouble: Readonly<Record<Addition['kind'], number>> = { fraud: 0, check: 1, face: 2, activity: 3, document: 4 };

const byCost = (one: Way, other: Way) => compareCosts(one.additions, other.additions);
const compareCosts = (one: readonly Addition[], other: readonly Addition[]) =>
  one.length - other.length ||
  total(one, ({ size }) => size) - total(other, ({ size }) => size) ||
  total(one, troubleOf) - total(other, troubleOf);
const troubleOf = ({ kind }: Addition) => trouble[kind];
const total = (additions: readonly Addition[], of: (addition: Addition) => number) =>
  additions.reduce((sum, addition) => sum + of(addition), 0);

/**
 * The profile's evidence, with where the face is compared if it must be: with the photograph of any of its documents, or of one more
 * that is good for nothing else; or it was compared already with a document that only has to count.
 */
function facings(profile: Profile, { evidence, assessment, settings }: Situation): Array<{ places: Place[]; face: Addition[] }> {
  const plain = profile.evidence.map((required): Place => ({ ...required, photograph: 'none' }));
  if (assessment.verification >= profile.verification) return [{ places: plain, face: [] }];
  const photograph = (method: FaceMethod): Place['photograph'] => (method === 'biometric-chip' ? 'chip' : 'printed');
  const still = faceSteps(assessment.verification, profile.verification, settings.scores).map((step) => ({
    compared: { photograph: photograph(step.method) },
    face: [step],
  }));
  const already = evidence.faces
    .filter((face) => faceScore(face, true, settings.scores) >= profile.verification)
    .map(({ method, against }) => ({ compared: { photograph: photograph(method), only: against }, face: [] }));
  return [...still, ...already].flatMap(({ compared, face }) => {
    const withOneOfThem = plain.map((place, at) => plain.with(at, { ...place, ...compared }));
    return [...withOneOfThem, [...plain, { strength: 0, validity: 1, ...compared }]].map((places) => ({ places, face }));
  });
}

/** The least additions by which each place is filled by a different document, shown or still to be shown; null if they cannot be. */
function leastFilling(places: readonly Place[], now: Situation, taken: readonly string[] = []): readonly Addition[] | null {
  const [first, ...rest] = places;
  if (first === undefined) return [];
  let least: readonly Addition[] | null = null;
  for (const { thing, additions } of choicesFor(first, now)) {
    if (thing !== null && taken.includes(thing)) continue;
    const others = leastFilling(rest, now, thing === null ? taken : [...taken, thing]);
    if (others === null) continue;
    const filled = [...additions, ...others];
    if (least === null || compareCosts(filled, least) < 0) least = filled;
  }
  return least;
}

function choicesFor(place: Place, { evidence, assessment, settings, choices }: Situation): readonly Choice[] {
  const key = JSON.stringify(place);
  const known = choices.get(key);
  if (known !== undefined) return known;
  const shown = evidence.documents.flatMap((document, at) => {
    const item = assessment.items[at];
    return item === undefined ? [] : [{ thing: item.thing, step: checkStep(document, item, place, settings.scores) }];
  });
  const types = evidence.documents.map(({ type }) => type);
  const found = [...shown, { thing: null, step: documentStep(place, types, settings.scores) }].flatMap(({ thing, step }) =>
    step === 'impossible' ? [] : [{ thing, additions: step === null ? [] : [step] }],
  );
  choices.set(key, found);
  return found;
}
