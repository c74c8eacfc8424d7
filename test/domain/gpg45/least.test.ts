import type { IdentityEvidence } from '../../../domain/gpg45.ts';
import { waysTo } from '../../../domain/gpg45/least.ts';
import { defaultScores } from '../../../domain/gpg45/scores.ts';
import {
  activityOver,
  aDocument,
  aDocumentWorth,
  aFace,
  anAnswer,
  fraudWorth,
  nothing,
  settings,
  today,
} from '../../support/identity-evidence.ts';

const least = (evidence: IdentityEvidence) => waysTo('high', evidence, settings)[0];
const wordsFor = (evidence: IdentityEvidence) => least(evidence)?.additions.map(({ words }) => words);

test('a passport that lacks only ultraviolet and the question whether it was reported', () => {
  const passport = aDocumentWorth('passport-without-chip', 2);
  const licence = aDocumentWorth('uk-driving-licence', 2);
  const evidence = { ...nothing, documents: [passport, licence], faces: [aFace('in-person', passport.id)], fraud: fraudWorth(1) };
  expect(least(evidence)?.profile).toBe('H2D');
  expect(wordsFor(evidence)).toEqual([
    'Passport without a chip symbol: look at it under ultraviolet light or magnified and ask whether it was reported cancelled, lost or stolen',
  ]);
});

test('activity is asked for in months', () => {
  const documents = ['birth-certificate', 'utility-account', 'council-tax'].map((type) => aDocumentWorth(type as 'council-tax', 2));
  const card = aDocument('pass-card', { expiresOn: '2030-01-01' });
  const evidence = {
    ...nothing,
    documents: [...documents, card],
    faces: [aFace('in-person', card.id)],
    fraud: fraudWorth(2),
    activity: activityOver(3),
  };
  expect(least(evidence)).toMatchObject({ profile: 'H3A', additions: [{ kind: 'activity', months: 6 }] });
  expect(wordsFor(evidence)).toEqual(['Show activity over at least 6 months']);
});

test('an independent source is asked for where our own records are not enough', () => {
  const [passport, licence] = [aDocumentWorth('passport-with-chip', 2), aDocumentWorth('uk-driving-licence', 2)];
  const evidence = { ...nothing, documents: [passport, licence], faces: [aFace('in-person', passport.id)], fraud: [anAnswer('own')] };
  expect(wordsFor(evidence)).toEqual(['Ask our own records and an independent source about fraud']);
});

test('a document out of date cannot be made up for: another one is asked for', () => {
  const expired = aDocument('passport-with-chip', { expiresOn: '2026-11-23', check: aDocumentWorth('passport-with-chip', 3).check });
  const additions = least({ ...nothing, documents: [expired], fraud: fraudWorth(2) })?.additions ?? [];
  expect(additions[0]).toMatchObject({ kind: 'document', strength: 4, validity: 3 });
  expect(additions.some(({ kind }) => kind === 'check')).toBe(false);
});

test('without a document that has a photograph, one is asked for to compare the face with', () => {
  const documents = ['birth-certificate', 'utility-account', 'council-tax'].map((type) => aDocumentWorth(type as 'council-tax', 2));
  const ways = waysTo('high', { ...nothing, documents, fraud: fraudWorth(2), activity: activityOver(6) }, settings);
  const third = ways.find(({ profile }) => profile === 'H3A')!;
  expect(third.additions).toMatchObject([{ kind: 'document', strength: 0, validity: 1 }, { kind: 'face' }]);
  expect(third.additions[0]?.words).toMatch(/^Show another document with a photograph/);
});

test('nothing is missing once the level is reached, and nothing helps once something stops it', () => {
  const passport = aDocumentWorth('passport-with-chip', 3);
  const sound = { ...nothing, documents: [passport], faces: [aFace('in-person', passport.id)], fraud: fraudWorth(1) };
  expect(waysTo('high', sound, settings)).toEqual([]);
  expect(waysTo('very-high', sound, settings).length).toBeGreaterThan(0);
  const dead = [anAnswer('own', { found: [{ what: 'dead', document: null }] })];
  expect(waysTo('high', { ...nothing, fraud: dead }, settings)).toEqual([]);
});

test('settings by which a level cannot be reached at all give no way to it', () => {
  const none = Object.fromEntries(
    Object.keys(defaultScores.verification).map((method) => [method, 2]),
  ) as typeof defaultScores.verification;
  expect(waysTo('high', nothing, { scores: { ...defaultScores, verification: none }, today })).toEqual([]);
});

test('many documents are weighed quickly', () => {
  const types = [
    'passport-with-chip',
    'uk-driving-licence',
    'bank-account',
    'utility-account',
    'birth-certificate',
    'council-tax',
  ] as const;
  const started = performance.now();
  expect(least({ ...nothing, documents: types.map((type) => aDocument(type)) })).toBeDefined();
  expect(performance.now() - started).toBeLessThan(2000);
});
