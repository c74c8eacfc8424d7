import { assessGpg45, type IdentityEvidence, meetsProfile } from '../../../domain/gpg45.ts';
import { matchAll } from '../../../domain/gpg45/matching.ts';
import { type Profile, profiles, reaches } from '../../../domain/gpg45/profiles.ts';
import { defaultScores } from '../../../domain/gpg45/scores.ts';
import { scoreDocument } from '../../../domain/gpg45/validity.ts';
import { type DocumentType, documentTypeNames, isCheckable } from '../../../domain/document-type.ts';
import type { DocumentCheck } from '../../../domain/evidence.ts';
import {
  aCheck,
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

/** Three different documents of each strength. */
const byStrength: Record<number, DocumentType[]> = {
  4: ['passport-with-chip', 'residence-permit', 'eu-identity-card'],
  3: ['uk-driving-licence', 'forces-card', 'pass-card'],
  2: ['birth-certificate', 'marriage-certificate', 'education-certificate'],
  1: ['electoral-register', 'electoral-register', 'electoral-register'],
};
const activityMonthsFor = [0, 3, 6, 12, 24];

interface Wanted {
  evidence: ReadonlyArray<{ strength: number; validity: number }>;
  activity: number;
  fraud: number;
  verification: number;
}

/** Evidence that scores this: a face is compared with a card of proof of age shown beside the rest, or with the chip of its first document. */
function evidenceWorth({ evidence, activity, fraud, verification }: Wanted): IdentityEvidence {
  const worth = evidence.map(({ strength, validity }, at) => aDocumentWorth(byStrength[strength]![at]!, validity));
  const card = aDocument('pass-card');
  const method = (['uploaded', 'live-video', 'in-person', 'biometric-chip'] as const)[verification - 1]!;
  const read =
    method === 'biometric-chip' ? worth.map((document) => ({ ...document, check: { ...document.check!, chip: 'right' as const } })) : worth;
  return {
    documents: [...read, card],
    activity: activityOver(activityMonthsFor[activity]!),
    fraud: fraudWorth(fraud),
    faces: [aFace(method, method === 'biometric-chip' ? read[0]!.id : card.id)],
  };
}

/** Sets the scores directly: what a profile asks of them is the same wherever they come from. */
const scoresWorth = ({ evidence, ...rest }: Wanted) => ({
  items: evidence.map((pair, at) => ({ id: `${at}`, thing: `${at}`, type: 'evisa' as const, row: null, voids: [], ...pair })),
  ...rest,
});

describe.each(profiles.map((profile) => [profile.name, profile] as const))('%s', (_name, profile: Profile) => {
  test('is met by exactly what it asks for', () => {
    expect(meetsProfile(scoresWorth(profile), profile)).toHaveLength(profile.evidence.length);
  });

  test('is not met if any one score is one below', () => {
    const below: Wanted[] = [
      ...(['activity', 'fraud', 'verification'] as const).map((part) => ({ ...profile, [part]: profile[part] - 1 })),
      ...profile.evidence.flatMap((pair, at) => [
        { ...profile, evidence: profile.evidence.with(at, { ...pair, strength: pair.strength - 1 }) },
        { ...profile, evidence: profile.evidence.with(at, { ...pair, validity: pair.validity - 1 }) },
      ]),
      { ...profile, evidence: profile.evidence.slice(1) },
    ];
    for (const wanted of below) expect(meetsProfile(scoresWorth(wanted), profile)).toBeNull();
  });

  test('is not met by one document standing for two', () => {
    const { items, ...rest } = scoresWorth(profile);
    const [best] = [...items].sort((a, b) => b.strength + b.validity - a.strength - a.validity);
    const alone = meetsProfile({ ...rest, items: [best!] }, profile);
    if (profile.evidence.length > 1) expect(alone).toBeNull();
    const twice = items.map((item) => ({ ...item, thing: 'the same' }));
    if (profile.evidence.length > 1) expect(meetsProfile({ ...rest, items: twice }, profile)).toBeNull();
  });

  test('gives at least its level to somebody who did what it asks', () => {
    const { level, used } = assessGpg45(evidenceWorth(profile), settings);
    expect(reaches(level, profile.level)).toBe(true);
    expect(new Set(used).size).toBe(used.length);
  });
});

test('with nothing done there is no profile', () => {
  expect(assessGpg45(nothing, settings)).toMatchObject({ level: 'none', profile: null, used: [], stops: [] });
});

test('a passport in hand under ultraviolet, not reported, the face in person and our own records clear: H1A', () => {
  const passport = aDocumentWorth('passport-with-chip', 3);
  const evidence = { ...nothing, documents: [passport], faces: [aFace('in-person', passport.id)], fraud: [anAnswer('own')] };
  expect(assessGpg45(evidence, settings)).toMatchObject({ level: 'high', profile: 'H1A', used: [passport.id], fraud: 1, verification: 3 });
});

test('the strong document is not wasted where a weak one is enough', () => {
  const [passport, licence] = [aDocumentWorth('passport-with-chip', 2), aDocumentWorth('uk-driving-licence', 2)];
  for (const documents of [
    [passport, licence],
    [licence, passport],
  ]) {
    const evidence = { ...nothing, documents, faces: [aFace('in-person', passport.id)], fraud: [anAnswer('own'), anAnswer('independent')] };
    expect(assessGpg45(evidence, settings)).toMatchObject({ profile: 'H2B', used: [passport.id, licence.id] });
  }
  const letters = ['a', 'b', 'c'].map((thing) => ({ thing }));
  const likes: Record<string, string[]> = { one: ['a', 'b'], two: ['a'], three: ['b', 'c'] };
  const matched = matchAll(['one', 'two', 'three'], letters, ({ thing }, who) => likes[who]!.includes(thing));
  expect(matched?.map(({ thing }) => thing)).toEqual(['b', 'a', 'c']);
});

test('the same document sent in twice counts once, however its number is written', () => {
  const check = aDocumentWorth('passport-with-chip', 3).check;
  const twice = ['925 665-416', '925665416'].map((number) => aDocument('passport-with-chip', { check, number }));
  const faces = [aFace('in-person', twice[0]!.id)];
  expect(assessGpg45({ ...nothing, documents: twice, faces }, settings)).toMatchObject({ profile: 'M1C', fraud: 0 });
  const different = ['925665416', '925665417'].map((number) => aDocument('passport-with-chip', { check, number }));
  const other = { ...nothing, documents: different, faces: [aFace('in-person', different[0]!.id)] };
  expect(assessGpg45(other, settings).profile).toBe('H2E');
});

const everyTick: Partial<DocumentCheck> = {
  byTrained: true,
  features: 'right',
  ultraviolet: 'right',
  chip: 'right',
  reported: 'not-reported',
  mrz: 'agrees',
};

test('a photograph of a document alone never scores above 1, whatever is ticked', () => {
  for (const type of documentTypeNames) {
    for (const seen of ['upload-only', 'on-video'] as const) {
      const document = aDocument(type, { check: aCheck({ ...everyTick, seen }) });
      expect(scoreDocument(document, defaultScores, { today }).validity).toBe(1);
    }
    const confirmed = aDocument(type, { check: aCheck({ ...everyTick, issuer: 'confirmed' }) });
    expect(scoreDocument(confirmed, defaultScores, { today }).validity).toBe(isCheckable(type, 'issuer') ? 2 : 1);
  }
});

test.each<[string, Partial<DocumentCheck>, number]>([
  ['looked at by a checker who is not trained', { seen: 'in-person', ultraviolet: 'right', reported: 'not-reported' }, 1],
  ['its features checked by a trained checker', { seen: 'in-person', byTrained: true, features: 'right' }, 2],
  ['under ultraviolet, but nobody asked whether it was reported', { seen: 'in-person', byTrained: true, ultraviolet: 'right' }, 1],
  ['under ultraviolet and not reported', { seen: 'in-person', byTrained: true, ultraviolet: 'right', reported: 'not-reported' }, 3],
  ['its chip verified, but nobody asked whether it was reported', { seen: 'in-person', chip: 'right' }, 1],
  ['its chip verified and not reported', { seen: 'in-person', chip: 'right', reported: 'not-reported' }, 4],
])('a passport in hand, %s', (_what, check, validity) => {
  expect(scoreDocument(aDocument('passport-with-chip', { check: aCheck(check) }), defaultScores, { today }).validity).toBe(validity);
});

test('what was seen in person is never called a photograph only, its features checked or not', () => {
  const rowOf = (check: Partial<DocumentCheck>) =>
    scoreDocument(aDocument('passport-with-chip', { check: aCheck(check) }), defaultScores, { today }).row;
  expect(rowOf({ seen: 'in-person', byTrained: true })).toBe('in-person');
  expect(rowOf({ seen: 'on-video' })).toBe('on-video');
  expect(rowOf({ seen: 'upload-only' })).toBe('photograph-only');
});

test('a tick for something a document does not have counts for nothing', () => {
  const check = aCheck({ ...everyTick, seen: 'in-person' });
  expect(scoreDocument(aDocument('passport-without-chip', { check }), defaultScores, { today }).validity).toBe(3);
  expect(scoreDocument(aDocument('utility-account', { check }), defaultScores, { today }).validity).toBe(2);
});

test('forgery, a hit in a fraud source, or another face stop it, whatever the scores', () => {
  const passport = aDocumentWorth('passport-with-chip', 4);
  const sound = { ...nothing, documents: [passport], faces: [aFace('biometric-chip', passport.id)], fraud: fraudWorth(3) };
  expect(assessGpg45(sound, settings).level).toBe('very-high');
  const forged = aDocument('birth-certificate', { check: aCheck({ features: 'wrong' }) });
  const stopped = [
    { ...sound, documents: [passport, forged] },
    { ...sound, faces: [...sound.faces, aFace('in-person', passport.id, { document: 'different' })] },
    { ...sound, faces: [...sound.faces, aFace('in-person', passport.id, { cardPhotograph: 'different' })] },
    { ...sound, fraud: [...sound.fraud, anAnswer('independent', { found: [{ what: 'dead', document: null }] })] },
  ];
  for (const evidence of stopped) {
    const assessment = assessGpg45(evidence, settings);
    expect(assessment).toMatchObject({ level: 'none', profile: null });
    expect(assessment.stops).toHaveLength(1);
  }
});
