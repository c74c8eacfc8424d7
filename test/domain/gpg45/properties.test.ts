import { assessGpg45, type IdentityEvidence } from '../../../domain/gpg45.ts';
import { waysTo } from '../../../domain/gpg45/least.ts';
import { confidenceLevels, reaches } from '../../../domain/gpg45/profiles.ts';
import { canBeMet, needs, type Need } from '../../../domain/gpg45/validity.ts';
import { documentTypeNames, hasPhotograph } from '../../../domain/document-type.ts';
import { faceMethodNames } from '../../../domain/face.ts';
import {
  aCheck,
  activityOver,
  aDocument,
  aDocumentWorth,
  aFace,
  anAnswer,
  checkMeeting,
  fraudWorth,
  nothing,
  settings,
  withAddition,
} from '../../support/identity-evidence.ts';

/** Numbers that look random and are the same in every run (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const allNeeds = Object.keys(needs) as Need[];

/** One more thing done, of any kind; nothing found against anybody. */
function grown(evidence: IdentityEvidence, random: (below: number) => number): IdentityEvidence {
  const kind = random(5);
  if (kind === 0) {
    const type = documentTypeNames[random(documentTypeNames.length)]!;
    const met = allNeeds.filter((need) => canBeMet(type, need) && random(2) === 0);
    return { ...evidence, documents: [...evidence.documents, aDocument(type, { check: checkMeeting(met) })] };
  }
  if (kind === 1 && evidence.documents.length > 0) {
    const at = random(evidence.documents.length);
    const document = evidence.documents[at]!;
    const check = checkMeeting([allNeeds[random(allNeeds.length)]!], document.check ?? aCheck());
    return { ...evidence, documents: evidence.documents.with(at, { ...document, check }) };
  }
  if (kind === 2) {
    const photographed = evidence.documents.filter(({ type }) => hasPhotograph(type));
    const method = faceMethodNames[random(faceMethodNames.length)]!;
    const face = aFace(method, photographed[random(photographed.length || 1)]?.id ?? 'none', { byTrained: random(2) === 0 });
    return { ...evidence, faces: [...evidence.faces, face] };
  }
  if (kind === 3)
    return { ...evidence, fraud: [...evidence.fraud, anAnswer(random(2) === 0 ? 'own' : 'independent', { again: random(3) === 0 })] };
  return { ...evidence, activity: [...evidence.activity, ...activityOver(random(30))] };
}

const samples = Array.from({ length: 150 }, (_unused, seed) => {
  const random = randomFrom(seed + 1);
  let evidence = nothing;
  return Array.from({ length: 14 }, () => (evidence = grown(evidence, random)));
});

test('more evidence never lowers a score or the level', () => {
  const seen = new Set<string>();
  for (const steps of samples) {
    let before = assessGpg45(nothing, settings);
    for (const evidence of steps) {
      const after = assessGpg45(evidence, settings);
      expect(reaches(after.level, before.level)).toBe(true);
      for (const part of ['activity', 'fraud', 'verification'] as const) expect(after[part]).toBeGreaterThanOrEqual(before[part]);
      for (const [at, item] of before.items.entries()) expect(after.items[at]!.validity).toBeGreaterThanOrEqual(item.validity);
      seen.add(after.level);
      before = after;
    }
  }
  expect([...seen].sort()).toEqual([...confidenceLevels].sort());
});

test('the least that would make it up does, and nothing of it can be left out', () => {
  let tried = 0;
  for (const evidence of samples.flatMap((steps) => [steps[2]!, steps[6]!, steps[10]!])) {
    const ways = waysTo('high', evidence, settings);
    if (reaches(assessGpg45(evidence, settings).level, 'high')) {
      expect(ways).toEqual([]);
      continue;
    }
    const { additions } = ways[0]!;
    tried += 1;
    expect(assessGpg45(additions.reduce(withAddition, evidence), settings)).toMatchObject({ level: expect.stringMatching(/high/) });
    for (const left of additions) {
      const without = additions.filter((addition) => addition !== left).reduce(withAddition, evidence);
      expect(reaches(assessGpg45(without, settings).level, 'high')).toBe(false);
    }
  }
  expect(tried).toBeGreaterThan(200);
});

test('no single step that anybody could think of would do where the least is said to be two or more', () => {
  const everyDocument = documentTypeNames.flatMap((type) =>
    [1, 2, 3, 4].flatMap((validity) => possibly(() => aDocumentWorth(type, validity))),
  );
  for (const evidence of samples.map((steps) => steps[4]!)) {
    const [least] = waysTo('high', evidence, settings);
    if (!least || least.additions.length < 2) continue;
    const single: IdentityEvidence[] = [
      ...everyDocument.map((document) => ({ ...evidence, documents: [...evidence.documents, document] })),
      ...evidence.documents.map((document, at) => ({
        ...evidence,
        documents: evidence.documents.with(at, {
          ...document,
          check: checkMeeting(allNeeds.filter((need) => canBeMet(document.type, need))),
        }),
      })),
      ...faceMethodNames.map((method) => ({ ...evidence, faces: evidence.documents.map(({ id }) => aFace(method, id)) })),
      { ...evidence, fraud: [...evidence.fraud, ...fraudWorth(3)] },
      { ...evidence, activity: activityOver(24) },
    ];
    for (const more of single) expect(reaches(assessGpg45(more, settings).level, 'high')).toBe(false);
  }
});

function possibly<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}
