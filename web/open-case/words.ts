/** What a case, and what runs for it, are called on pages. */
import type { PendingActivity } from '../../commands/open-case-running.ts';
import { roleWords } from '../../domain/actor.ts';
import { cardIssueStages, stageInWords } from '../../domain/card-issue.ts';
import { doing, endingReasons, failureWords, healths, healthWords, kinds, waiters } from '../../domain/open-case.ts';

/** Two steps may be said alike: whoever asks what runs is told the program's own name besides. */
export const activityWords = ({ type }: Pick<PendingActivity, 'type'>): string => doing(type);

/** What a step last failed with. */
export const errorWords = ({ error }: Pick<PendingActivity, 'error'>): string => (error ? failureWords(error) : 'None');

const stages: Readonly<Record<string, string>> = {
  'identity-proofing/not-expected': 'sent in, and not expected yet',
  'identity-proofing/to-check': 'waiting to be checked',
  'identity-proofing/checking': 'being checked',
  'identity-proofing/more-needed': 'more is asked of the applicant',
  'enrolment/asked': 'asked for, and the link is not sent yet',
  'enrolment/sent': 'the link is sent',
  'enrolment/registered': 'registered, and not confirmed yet',
  'renewal/open': 'waiting to be begun',
  'renewal/signed': 'ready to write the certificates',
  'renewal/written': 'waiting for the card to be used',
};

export function stageWords({ kind, stage }: { kind: string; stage: string }): string {
  const ofCard = kind === 'card-issue' && cardIssueStages.find((each) => each === stage);
  return ofCard ? stageInWords(ofCard) : (stages[`${kind}/${stage}`] ?? stage.replaceAll('-', ' '));
}

/** Whom a case waits for. While a printer has it, nobody's name is said: whoever has the case cannot do anything. */
export const waitsForWords = ({ waitsFor, waitsForPersonName, thingName }: Waiting): string =>
  waitsFor === 'printer' ? (thingName?.replace(/^The /, 'the ') ?? waiterWords(waitsFor)) : (waitsForPersonName ?? waiterWords(waitsFor));
interface Waiting {
  waitsFor: string;
  waitsForPersonName: string | null;
  thingName: string | null;
}

export const waiterWords = (waitsFor: string): string => waiters[waitsFor]?.words ?? waitsFor.replaceAll('-', ' ');
export const kindWords = (kind: string): string => (kind in kinds ? kinds[kind as keyof typeof kinds].words : kind.replaceAll('-', ' '));
export const casePath = ({ kind, id: of }: { kind: string; id: string }): string =>
  kind in kinds ? kinds[kind as keyof typeof kinds].path(of) : '';

export const choices = {
  kinds: Object.entries(kinds).map(([value, { words }]) => ({ value, text: words })),
  healths: healths.map((value) => ({ value, text: healthWords[value] })),
  reasons: Object.entries(endingReasons).map(([value, text]) => ({ value, text })),
  roles: roleWords,
};
