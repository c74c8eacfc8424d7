/**
 * What fraud sources answered when they were asked: the identity fraud score of GPG 45.
 * The sources themselves are behind adapters/fraud-source.ts.
 */
import { z } from 'zod';
import { day } from './day.ts';
import { namesIn } from './names.ts';
import type { Scores } from './gpg45/scores.ts';

/** What a source may know of a person or a document. Ids and words, no personal data. */
export const fraudFindings = {
  'document-lost': 'A document was reported lost',
  'document-stolen': 'A document was reported stolen',
  'document-cancelled': 'A document was cancelled',
  'document-false': 'A document is a known forgery',
  'false-identity': 'The identity is known to be false or taken over',
  dead: 'The person is known to have died',
} as const;
export type FraudFinding = keyof typeof fraudFindings;
export const fraudFindingNames = namesIn(fraudFindings);

export const fraudAnswer = z.strictObject({
  source: z.string().min(1),
  /** The service's own records, or a source that is independent of it. */
  kind: z.enum(['own', 'independent']),
  askedOn: day,
  /** Asked again on the day access is given. */
  again: z.boolean().default(false),
  /** Empty: the source knows nothing against. */
  found: z.array(z.strictObject({ what: z.enum(fraudFindingNames), document: z.string().nullable() })),
});
export type FraudAnswer = z.output<typeof fraudAnswer>;

/** A lost or cancelled document voids the document; anything else found stops the check. */
export const stopsCheck = (finding: FraudFinding): boolean => finding !== 'document-lost' && finding !== 'document-cancelled';

export const isSuspect = ({ found }: FraudAnswer): boolean => found.some(({ what }) => stopsCheck(what));

/** 0 as soon as any source knows something that stops the check. */
export function fraudScore(answers: readonly FraudAnswer[], scores: Scores): number {
  if (answers.some(isSuspect)) return 0;
  const asked = (kind: FraudAnswer['kind'], again: boolean) => answers.some((answer) => answer.kind === kind && (answer.again || !again));
  const own = asked('own', false);
  const independent = own && asked('independent', false);
  const again = independent && asked('own', true) && asked('independent', true);
  const { fraud } = scores;
  return Math.max(0, own ? fraud.own : 0, independent ? fraud.independent : 0, again ? fraud.again : 0);
}

/** What is known against one document: what its check records as reported. */
export const reportedDocuments = (answers: readonly FraudAnswer[]): Set<string> =>
  new Set(answers.flatMap(({ found }) => found.flatMap(({ document }) => (document === null ? [] : [document]))));
