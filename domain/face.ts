/**
 * The face against the photograph of a document, and the photograph for the card: the verification score of GPG 45.
 */
import { z } from 'zod';
import type { RowKey, Scores } from './gpg45/scores.ts';
import { namesIn } from './names.ts';

export type FaceMethod = RowKey<'verification'>;

/** How a face is compared, in the words a checker chooses from. */
export const faceMethods: Readonly<Record<FaceMethod, string>> = {
  uploaded: 'Compare the uploaded photograph with the document’s',
  'live-video': 'See the person on live video, showing the document and answering questions',
  'in-person': 'Meet the person and compare their face with the document’s photograph',
  biometric: 'Compare by a tested biometric system that detects a live face',
  'biometric-chip': 'Compare with the photograph in the document’s chip by a biometric system, supervised',
};
export const faceMethodNames = namesIn(faceMethods);

export const likenessWords = { same: 'The same person', different: 'Not the same person', 'cannot-tell': 'I cannot tell' } as const;
const likeness = z.enum(['same', 'different', 'cannot-tell']);

export const faceCheck = z.strictObject({
  method: z.enum(faceMethodNames),
  /** Id of the document whose photograph it was. */
  against: z.string().min(1),
  document: likeness,
  /** The photograph that the card will bear. */
  cardPhotograph: likeness,
  byTrained: z.boolean(),
});
export type FaceCheck = z.output<typeof faceCheck>;

/** A document a face may be compared with: it counts, it has a photograph, and perhaps its chip was verified. */
export interface PhotographDocument {
  readonly id: string;
  readonly chipVerified: boolean;
}

/** The best score of all comparisons with documents that count. */
export function verificationScore(faces: readonly FaceCheck[], documents: readonly PhotographDocument[], scores: Scores): number {
  const found = faces.flatMap((face) => {
    const document = documents.find(({ id }) => id === face.against);
    return document ? [faceScore(face, document.chipVerified, scores)] : [];
  });
  return Math.max(0, ...found);
}

/** What one comparison is worth if its document counts: 0 unless both photographs are the person's; the least if its method's needs are not met. */
export function faceScore(face: FaceCheck, chipVerified: boolean, scores: Scores): number {
  if (face.document !== 'same' || face.cardPhotograph !== 'same') return 0;
  const { uploaded } = scores.verification;
  return isAsClaimed(face, chipVerified) ? Math.max(uploaded, scores.verification[face.method]) : uploaded;
}

/** Somebody found that it is another person: the check stops, whatever else was found. */
export const isAnotherPerson = ({ document, cardPhotograph }: FaceCheck): boolean =>
  document === 'different' || cardPhotograph === 'different';

function isAsClaimed({ method, byTrained }: FaceCheck, chipVerified: boolean): boolean {
  if (method === 'biometric-chip') return chipVerified;
  return method === 'biometric' || method === 'uploaded' || byTrained;
}
