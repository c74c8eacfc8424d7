/** What an identity check comes to: computed from what was found, never chosen; and which decisions that leaves. */
import type { Day } from '../days.ts';
import type { EvidenceAges } from '../evidence.ts';
import { assessGpg45, type Gpg45Assessment } from '../gpg45.ts';
import { namesIn } from '../names.ts';
import { waysTo, type Way } from '../gpg45/least.ts';
import type { Scores } from '../gpg45/scores.ts';
import {
  type AssuranceSettings,
  identityAssuranceLevel,
  type IdentityAssuranceLevel,
  nhsIdentityCheck,
  type NhsIdentityCheck,
} from '../nhs-identity-check.ts';
import { Refusal } from '../refusal.ts';
import type { CandidateKey } from './answers.ts';
import { type Check, evidenceOf, found } from './check.ts';
import { openTasks, tasksOf } from './tasks.ts';

/** Settings of a deployment. */
export interface IdentityCheckSettings {
  readonly scores: Scores;
  readonly ages: EvidenceAges;
  readonly assurance: AssuranceSettings;
  /** Below this nobody is verified. */
  readonly minimum: IdentityAssuranceLevel;
}

export interface Outcome {
  readonly gpg45: Gpg45Assessment;
  readonly nhs: NhsIdentityCheck;
  /** By the profile, or by the NHS check if its setting gives more; 0 if something stops the check. */
  readonly level: IdentityAssuranceLevel;
  readonly minimum: IdentityAssuranceLevel;
  /** Who the person turned out to be already. */
  readonly duplicateOf: CandidateKey | null;
  /** In words, why it cannot be verified; empty if it can. */
  readonly obstacles: readonly string[];
  /** Below High, the least that would make it up, the shortest way first. */
  readonly ways: readonly Way[];
}

/** Ways beyond these only repeat what the first say. */
const mostWays = 3;

export function outcomeOf(check: Check, settings: IdentityCheckSettings, today: Day): Outcome {
  const evidence = evidenceOf(check);
  const gpg45Settings = { scores: settings.scores, ages: settings.ages, today };
  const gpg45 = assessGpg45(evidence, gpg45Settings);
  const nhs = nhsIdentityCheck(evidence, gpg45.items);
  const level = gpg45.stops.length > 0 ? 0 : identityAssuranceLevel(gpg45.level, nhs, settings.assurance);
  const duplicateOf = check.candidates.find((candidate) => found(check, 'duplicate', candidate)?.is === 'same') ?? null;
  const ways = waysTo('high', evidence, gpg45Settings).filter(isFirstOfItsKind).slice(0, mostWays);
  const { minimum } = settings;
  return { gpg45, nhs, level, minimum, duplicateOf, ways, obstacles: obstaclesTo(check, { gpg45, level, minimum, duplicateOf }) };
}

/** Profiles that ask for the same steps are one way. */
const isFirstOfItsKind = (way: Way, at: number, all: readonly Way[]) => all.findIndex((each) => stepsOf(each) === stepsOf(way)) === at;
const stepsOf = ({ additions }: Way) => additions.map(({ words }) => words).join('; ');

function obstaclesTo(check: Check, { gpg45, level, minimum, duplicateOf }: Omit<Outcome, 'nhs' | 'ways' | 'obstacles'>): string[] {
  if (duplicateOf) return ['This person has a record already'];
  const open = openTasks(tasksOf(check)).map(({ title }) => `${title}: still to be done`);
  if (open.length > 0) return open;
  if (gpg45.stops.length > 0) return [...gpg45.stops];
  return level < minimum ? [`The identity assurance level is ${level}, and ${minimum} is needed`] : [];
}

export const decisions = ['verify', 'ask-more', 'refuse'] as const;
export type Decision = (typeof decisions)[number];

/** Why an ID checker refuses. The applicant is told none of them, only to speak to their organisation. */
export const refusalReasons = {
  'not-genuine': 'A document is not genuine',
  'another-person': 'The face is not that of the documents',
  'false-identity': 'The identity is false, taken over, or of somebody who has died',
  'not-enough': 'The evidence is not enough, and there is no more',
  'did-not-come': 'The person did not come, or did not answer',
  'wrong-details': 'What they told us is not true',
} as const;
export type RefusalReason = keyof typeof refusalReasons;
export const refusalReasonNames = namesIn(refusalReasons);

/** The reason of a refusal that an answer gave, and nobody chooses. */
export const duplicateReason = 'duplicate';

/** What an applicant can be asked for, in the words they read. */
export const asks = {
  'photograph-document': 'A document with your photograph, such as a passport or a driving licence',
  'address-document': 'A document with your address, such as a bank statement or a council tax statement',
  'another-document': 'One more document of either kind',
  'clearer-photographs': 'Clearer photographs of your documents',
  'own-photograph': 'Another photograph of yourself',
  'come-in-person': 'Come and show your documents in person: whoever you are joining tells you where',
  'show-on-video': 'Show your documents and yourself on a video call: whoever you are joining tells you when',
} as const;
export type Ask = keyof typeof asks;
export const askNames = namesIn(asks);

/** What the applicant reads on their page. */
export const askedWords = (asked: readonly Ask[], words: string | null): string =>
  [...asked.map((ask) => asks[ask]), ...(words ? [words] : [])].join('\n');

/** @throws {Refusal} WRONG_STATE if the rules do not leave this decision; what stands in the way is in its words */
export function refuseUnlessLeft(decision: Decision, reason: string | null, { duplicateOf, obstacles }: Outcome): void {
  const no = (words: string) => new Refusal('WRONG_STATE', words, { decision });
  if (decision === 'verify' && obstacles.length > 0) throw no(`This identity cannot be verified. ${obstacles.join('. ')}`);
  if (decision === 'ask-more' && duplicateOf) throw no('You said that this person has a record already, which ends this application');
  if (decision !== 'refuse') return;
  if ((reason === duplicateReason) !== (duplicateOf !== null))
    throw no(duplicateOf ? 'You said that this person has a record already: end the application as a duplicate' : 'No duplicate was found');
}
