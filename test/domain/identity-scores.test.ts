import { activityScore, activityShown, monthsShown } from '../../domain/activity-history.ts';
import { verificationScore } from '../../domain/face.ts';
import { fraudScore, reportedDocuments } from '../../domain/fraud.ts';
import { defaultScores as scores } from '../../domain/gpg45/scores.ts';
import { aFace, anAnswer, today } from '../support/identity-evidence.ts';

const dealings = (from: string, to: string) => ({ kind: 'bank' as const, from, to });

test.each([
  [[], 0, 0],
  [[dealings('2026-08-25', '2026-11-24')], 2, 0],
  [[dealings('2026-08-24', '2026-11-24')], 3, 1],
  [[dealings('2026-05-24', '2026-11-24')], 6, 2],
  [[dealings('2025-11-24', '2026-11-24')], 12, 3],
  [[dealings('2024-11-24', '2026-11-24')], 24, 4],
  [[dealings('2026-05-24', '2026-08-01'), dealings('2026-10-01', '2026-11-24')], 6, 2],
  [[dealings('2026-01-01', '2026-03-01'), dealings('2026-08-01', '2026-11-24')], 3, 1],
  [[dealings('2025-01-01', '2026-11-24'), dealings('2026-01-01', '2026-02-01')], 22, 3],
  [[dealings('2026-10-01', '2027-12-31')], 1, 0],
  [[dealings('2027-01-01', '2029-01-01')], 0, 0],
])('%j shows %d months, which score %d', (shown, months, score) => {
  expect(monthsShown(shown, today)).toBe(months);
  expect(activityScore(shown, scores, today)).toBe(score);
});

test('dealings that end before they begin are refused', () => {
  expect(activityShown.safeParse(dealings('2026-02-01', '2026-01-01')).success).toBe(false);
});

test('fraud: our own records, then an independent source, then both again on the day', () => {
  const [own, independent] = [anAnswer('own'), anAnswer('independent')];
  const [ownAgain, independentAgain] = [anAnswer('own', { again: true }), anAnswer('independent', { again: true })];
  expect(fraudScore([], scores)).toBe(0);
  expect(fraudScore([independent], scores)).toBe(0);
  expect(fraudScore([own], scores)).toBe(1);
  expect(fraudScore([own, independent], scores)).toBe(2);
  expect(fraudScore([own, independent, ownAgain], scores)).toBe(2);
  expect(fraudScore([own, independent, ownAgain, independentAgain], scores)).toBe(3);
});

test('fraud: a stolen document is 0; a lost one voids itself and no more', () => {
  const stolen = anAnswer('own', { found: [{ what: 'document-stolen', document: 'd1' }] });
  const lost = anAnswer('own', { found: [{ what: 'document-lost', document: 'd2' }] });
  expect(fraudScore([anAnswer('own'), stolen], scores)).toBe(0);
  expect(fraudScore([lost], scores)).toBe(1);
  expect([...reportedDocuments([stolen, lost])]).toEqual(['d1', 'd2']);
});

test('verification: by method, trained checker, and a document that counts', () => {
  const documents = [
    { id: 'd1', chipVerified: false },
    { id: 'd2', chipVerified: true },
  ];
  const scored = (...faces: Parameters<typeof verificationScore>[0]) => verificationScore(faces, documents, scores);
  expect(scored()).toBe(0);
  expect(scored(aFace('uploaded', 'd1', { byTrained: false }))).toBe(1);
  expect(scored(aFace('live-video', 'd1'))).toBe(2);
  expect(scored(aFace('in-person', 'd1'))).toBe(3);
  expect(scored(aFace('in-person', 'd1', { byTrained: false }))).toBe(1);
  expect(scored(aFace('biometric', 'd1', { byTrained: false }))).toBe(3);
  expect(scored(aFace('biometric-chip', 'd1'))).toBe(1);
  expect(scored(aFace('biometric-chip', 'd2'))).toBe(4);
  expect(scored(aFace('in-person', 'unknown'))).toBe(0);
  expect(scored(aFace('in-person', 'd1', { cardPhotograph: 'cannot-tell' }))).toBe(0);
  expect(scored(aFace('uploaded', 'd1'), aFace('in-person', 'd2'))).toBe(3);
});
