import type { CandidateKey, DocumentFound, KeptAnswer } from '../../domain/identity-check/answers.ts';
import {
  aboutFraud,
  aboutOf,
  type Check,
  evidenceOf,
  faceMethodsFor,
  type SentDocument,
  standingOf,
} from '../../domain/identity-check/check.ts';
import {
  askedWords,
  decisions,
  duplicateReason,
  type IdentityCheckSettings,
  outcomeOf,
  refusalReasonNames,
  refuseUnlessLeft,
} from '../../domain/identity-check/outcome.ts';
import { type DocumentTyped, readDocument } from '../../domain/identity-check/reading.ts';
import { nextTask, tasksOf } from '../../domain/identity-check/tasks.ts';
import {
  isFree,
  isHeldBy,
  isOwn,
  isTaken,
  leaseFrom,
  refuseToCheck,
  refuseUnlessDeclared,
  refuseUnlessHeld,
} from '../../domain/identity-check.ts';
import { defaultScores } from '../../domain/gpg45/scores.ts';
import { usualAssurance } from '../../domain/nhs-identity-check.ts';
import { aDocument, today } from '../support/identity-evidence.ts';

const me = 'me';
const sentAs = (type: SentDocument['type'], more: Partial<SentDocument> = {}): SentDocument => {
  const { check: _check, ...document } = aDocument(type);
  return { ...document, version: 1, photos: [], ...more };
};
const settings: IdentityCheckSettings = { scores: defaultScores, ages: {}, assurance: usualAssurance, minimum: 3 };
const aCheck = (more: Partial<Check> = {}): Check => ({
  checker: me,
  trained: true,
  photo: 'face',
  documents: [],
  candidates: [],
  answers: [],
  fraud: null,
  ...more,
});
const foundOf = ({ number, expiresOn, issuedOn }: SentDocument, more: Partial<DocumentFound> = {}): DocumentFound => ({
  seen: 'in-person',
  looksGenuine: true,
  detailsAgree: true,
  features: 'right',
  ultraviolet: 'not-checked',
  chip: 'not-checked',
  issuer: 'not-asked',
  mrz: 'not-typed',
  number,
  printedOn: expiresOn ?? issuedOn,
  differs: [],
  ...more,
});

/** The check with one more answer, as it is saved. */
function answered(check: Check, task: string, answer: unknown, by = me): Check {
  const [kind, ...rest] = task.split('/');
  const of = rest.length > 0 ? rest.join('/') : undefined;
  const about = aboutOf(check, kind as 'document', of, answer);
  const kept: KeptAnswer = { task, answer, about, by, at: new Date() };
  return { ...check, answers: [...check.answers.filter((each) => each.task !== task), kept] };
}
const documentsAnswered = (check: Check, more: Partial<DocumentFound> = {}): Check =>
  check.documents.reduce((sofar, document) => answered(sofar, `document/${document.id}`, foundOf(document, more)), check);
const fraudAnswered = (check: Check, found: NonNullable<Check['fraud']>['answers'][number]['found'] = []): Check => ({
  ...check,
  fraud: {
    about: aboutFraud(check),
    by: me,
    at: new Date(),
    answeredAt: new Date(),
    answers: (['own', 'independent'] as const).map((kind) => ({ source: kind, kind, askedOn: today, again: false, found })),
  },
});
/** Every task done, in person. */
function done(types: ReadonlyArray<SentDocument['type']>, more: Partial<DocumentFound> = {}): Check {
  const documents = types.map((type) => sentAs(type));
  const read = fraudAnswered(documentsAnswered(aCheck({ documents }), more));
  const against = documents[0]!.id;
  const faced = answered(read, 'face', { method: 'in-person', against, document: 'same', cardPhotograph: 'same' });
  return answered(answered(faced, 'address', { shows: 'same' }), 'activity', { shown: [] });
}
const three = ['passport-with-chip', 'uk-driving-licence', 'bank-account'] as const;
const standings = (check: Check) => tasksOf(check).map(({ kind, standing }) => `${kind} ${standing}`);

describe('who has a check', () => {
  const at = new Date('2026-11-24T10:00:00Z');
  const lease = { state: 'checking' as const, leasedBy: me, leasedUntil: leaseFrom(at) };
  const application = { id: 'a', organisation: 'O', version: 2, evidenceVersion: 1, changedBy: 'b', changedAt: at.toISOString() };

  test('it is one checker’s for 15 minutes, and stays theirs until another takes it', () => {
    const [before, after] = [new Date('2026-11-24T10:14:59Z'), new Date('2026-11-24T10:15:00Z')];
    expect([isTaken(lease, before), isFree(lease, before)]).toEqual([true, false]);
    expect([isTaken(lease, after), isFree(lease, after)]).toEqual([false, true]);
    expect(isHeldBy(lease, me)).toBe(true);
    expect(isFree({ state: 'expected', leasedBy: null, leasedUntil: null }, at)).toBe(true);
    expect(isFree({ state: 'verified', leasedBy: null, leasedUntil: null }, at)).toBe(false);
  });

  test('who has it no more is told why', () => {
    const judge = (more: object) => () => refuseUnlessHeld({ ...application, ...lease, ...more }, me, at);
    expect(judge({})).not.toThrow();
    expect(judge({ leasedBy: 'you' })).toThrow('Somebody else is checking this application now');
    expect(judge({ state: 'expected', leasedBy: null, changedBy: 'a' })).toThrow('The applicant changed their evidence');
    expect(judge({ state: 'expected', leasedBy: null })).toThrow('You do not have this check now');
    expect(judge({ state: 'withdrawn', leasedBy: null })).toThrow('This application was withdrawn by the applicant');
  });

  test('nobody checks their own application, or somebody they know', () => {
    const one = {
      name: { given: 'Ann', middle: null, family: 'Lee' },
      dateOfBirth: '1990-01-02',
      nationalInsuranceNumber: 'AB123456C',
      email: 'a@b.uk',
    };
    const other = {
      name: { given: 'Bo', middle: null, family: 'Ray' },
      dateOfBirth: '1960-01-02',
      nationalInsuranceNumber: null,
      email: null,
    };
    expect(isOwn(one, { ...other, nationalInsuranceNumber: 'AB123456C' })).toBe(true);
    expect(isOwn(one, { ...other, email: 'A@B.UK' })).toBe(true);
    expect(isOwn(one, { ...other, name: one.name, dateOfBirth: one.dateOfBirth })).toBe(true);
    expect(isOwn(one, { ...other, dateOfBirth: one.dateOfBirth })).toBe(false);
    expect(() => refuseToCheck({ isOwn: true, declared: null })).toThrow(expect.objectContaining({ code: 'SAME_PERSON' }));
    expect(() => refuseToCheck({ isOwn: false, declared: 'knows' })).toThrow(expect.objectContaining({ code: 'NOT_PERMITTED' }));
    expect(() => refuseToCheck({ isOwn: false, declared: 'unrelated' })).not.toThrow();
    expect(() => refuseUnlessDeclared(null)).toThrow(expect.objectContaining({ code: 'WRONG_STATE' }));
    expect(() => refuseUnlessDeclared('unrelated')).not.toThrow();
  });
});

describe('tasks', () => {
  test('come in their order, each after those it needs, and one that has nothing to look at is not needed', () => {
    const check = aCheck({ documents: three.map((type) => sentAs(type)), candidates: ['person/1'] });
    expect(standings(check)).toEqual([
      'duplicates to-do',
      'document not-yet',
      'document not-yet',
      'document not-yet',
      'face not-yet',
      'address not-yet',
      'fraud not-yet',
      'activity not-yet',
    ]);
    const compared = answered(check, 'duplicate/person/1', { is: 'different', reason: 'Twins' });
    expect(nextTask(tasksOf(compared))?.path).toBe(`documents/${check.documents[0]!.id}`);
    expect(nextTask(tasksOf(documentsAnswered(compared)))?.kind).toBe('face');
    expect(standings(done(three))).toEqual(['duplicates not-needed', ...Array.from({ length: 3 }, () => 'document done'), 'face done', 'address done', 'fraud done', 'activity done']); // prettier-ignore
    expect(nextTask(tasksOf(done(three)))).toBeNull();
    expect(standings(aCheck({ documents: [sentAs('birth-certificate')] }))).toContain('face not-needed');
  });

  test('the same person ends them all', () => {
    const check = aCheck({ documents: [sentAs('pass-card')], candidates: ['person/1', 'person/2'] });
    const same = answered(check, 'duplicate/person/2', { is: 'same' });
    expect(nextTask(tasksOf(same))).toBeNull();
    expect(outcomeOf(same, settings, today)).toMatchObject({ duplicateOf: 'person/2', obstacles: ['This person has a record already'] });
  });

  test('what was found of other evidence, or by another checker, is found again; the rest stands', () => {
    const check = done(three);
    const [passport, licence, statement] = check.documents as [SentDocument, SentDocument, SentDocument];
    const replaced = { ...check, documents: [passport, { ...licence, id: 'new' }, statement] };
    expect(standings(replaced)).toEqual(['duplicates not-needed', 'document done', 'document to-do', 'document done', 'face done', 'address changed', 'fraud changed', 'activity changed']); // prettier-ignore
    expect(standingOf({ ...check, photo: 'another' }, 'face')).toBe('changed');
    expect(standingOf({ ...check, documents: [licence, statement] }, 'face')).toBe('changed');
    expect(standingOf(answered(check, `document/${passport.id}`, foundOf(passport, { seen: 'upload-only' })), 'face')).toBe('changed');
    expect(standings({ ...check, checker: 'you' })).toEqual(['duplicates not-needed', ...Array.from({ length: 3 }, () => 'document of-another'), 'face of-another', 'address of-another', 'fraud done', 'activity of-another']); // prettier-ignore
    const renumbered = answered(check, `document/${passport.id}`, foundOf(passport, { number: 'OTHER' }));
    expect(standings(renumbered)).toContain('fraud changed');
    expect(nextTask(tasksOf({ ...check, fraud: { ...check.fraud!, answeredAt: null } }))?.standing).toBe('asking');
  });

  test('a face is compared only as the document was seen', () => {
    expect(faceMethodsFor(null)).toEqual([]);
    expect(faceMethodsFor({ seen: 'upload-only', chip: 'not-checked' })).not.toContain('in-person');
    expect(faceMethodsFor({ seen: 'on-video', chip: 'not-checked' })).toContain('live-video');
    expect(faceMethodsFor({ seen: 'in-person', chip: 'not-checked' })).not.toContain('biometric-chip');
    expect(faceMethodsFor({ seen: 'in-person', chip: 'right' })).toContain('biometric-chip');
  });
});

describe('evidence', () => {
  test('is scored as the checker read it, trained as they said, reported as the sources said', () => {
    const check = done(three);
    const passport = check.documents[0]!;
    const reported = fraudAnswered(check, [{ what: 'document-cancelled', document: passport.id }]);
    expect(evidenceOf(check).documents[0]!.check).toMatchObject({ byTrained: true, reported: 'not-reported' });
    expect(evidenceOf(reported).documents[0]!.check).toMatchObject({ reported: 'reported' });
    expect(evidenceOf({ ...check, fraud: null }).documents[0]!.check).toMatchObject({ reported: 'not-asked' });
    expect(evidenceOf({ ...check, checker: 'you' })).toMatchObject({ faces: [], activity: [], documents: [{ check: null }, { check: null }, { check: null }] }); // prettier-ignore
    const expired = answered(check, `document/${passport.id}`, foundOf(passport, { printedOn: '2020-01-01' }));
    expect(outcomeOf(expired, settings, today).gpg45.items[0]).toMatchObject({ voids: ['out-of-date'], validity: 0 });
  });

  test('an address that is not the person’s voids what proves nothing else', () => {
    const differs = answered(done(three), 'address', { shows: 'differs' });
    expect(evidenceOf(differs).documents.map(({ check }) => check?.detailsAgree)).toEqual([true, true, false]);
  });
});

describe('the outcome', () => {
  test('is computed: three documents in person give level 3, a photograph alone none', () => {
    expect(outcomeOf(done(three), settings, today)).toMatchObject({ level: 3, obstacles: [], nhs: { passed: true } });
    const uploaded = done(three, { seen: 'upload-only', features: 'not-checked' });
    const byUpload = outcomeOf(answered(uploaded, 'face', { method: 'uploaded', against: uploaded.documents[0]!.id, document: 'same', cardPhotograph: 'same' }), settings, today); // prettier-ignore
    expect(byUpload.level).toBeLessThan(3);
    expect(byUpload.obstacles).toEqual([expect.stringContaining('and 3 is needed')]);
    expect(byUpload.ways.length).toBeGreaterThan(0);
    expect(new Set(byUpload.ways.map(({ additions }) => additions.map(({ words }) => words).join())).size).toBe(byUpload.ways.length);
  });

  test('the NHS check gives a level by its setting, beside the profile and never against what stops the check', () => {
    const check = { ...done(three, { features: 'not-checked' }), trained: false };
    const { gpg45, nhs, level } = outcomeOf(check, settings, today);
    expect({ passed: nhs.passed, level }).toEqual({ passed: true, level: 3 });
    expect(['none', 'low']).toContain(gpg45.level);
    const byTwo = { ...settings, assurance: { ...usualAssurance, nhsFaceToFace: 2 as const } };
    expect(outcomeOf(check, byTwo, today)).toMatchObject({ level: 2, obstacles: ['The identity assurance level is 2, and 3 is needed'] });
    expect(outcomeOf(fraudAnswered(check, [{ what: 'dead', document: null }]), settings, today)).toMatchObject({
      level: 0,
      obstacles: ['The person is known to have died'],
    });
  });

  test('leaves only the decisions that it may', () => {
    const left = (check: Check, reason: string | null = null) =>
      decisions.filter((decision) => {
        try {
          refuseUnlessLeft(decision, decision === 'refuse' ? reason : null, outcomeOf(check, settings, today));
          return true;
        } catch {
          return false;
        }
      });
    expect(left(done(three), refusalReasonNames[0])).toEqual(['verify', 'ask-more', 'refuse']);
    expect(left(done(three), duplicateReason)).toEqual(['verify', 'ask-more']);
    expect(left(aCheck({ documents: [sentAs('pass-card')] }), refusalReasonNames[0])).toEqual(['ask-more', 'refuse']);
    const candidates: CandidateKey[] = ['person/1'];
    const same = answered(aCheck({ candidates }), 'duplicate/person/1', { is: 'same' });
    expect(left(same, refusalReasonNames[0])).toEqual([]);
    expect(left(same, duplicateReason)).toEqual(['refuse']);
    expect(askedWords(['own-photograph'], 'Please')).toBe('Another photograph of yourself\nPlease');
  });
});

describe('reading a document', () => {
  const applicant = { name: { given: 'Anna', middle: 'Maria', family: 'Eriksson' }, dateOfBirth: '1974-08-12' };
  // The specimen of ICAO 9303 part 4, appendix B.
  const zone = 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10';
  const passport = sentAs('passport-with-chip', { number: 'L898902C3', expiresOn: '2012-04-15' });
  const typed = (more: Partial<DocumentTyped> = {}): DocumentTyped => {
    const { differs: _differs, mrz: _mrz, ...found } = foundOf(passport);
    return { ...found, number: 'l898902c3', printedOn: '2012-04-15', mrz: zone, noMrz: false, sure: false, ...more };
  };
  const read = (more: Partial<DocumentTyped> = {}, sent = passport) => readDocument(sent, typed(more), applicant, today);

  test('the zone agrees with what was typed, or it is said that it cannot be read', () => {
    expect(read()).toMatchObject({ mrz: 'agrees', differs: [], number: 'l898902c3' });
    expect(read({ mrz: null, noMrz: true })).toMatchObject({ mrz: 'not-typed' });
    expect(() => read({ mrz: null })).toThrow(expect.objectContaining({ details: { mrz: 'missing' } }));
  });

  test('a difference is told first, and kept once the checker is sure', () => {
    for (const [more, field, kept] of [
      [{ number: 'L898902C4' }, 'number', ['number', 'mrz']],
      [{ printedOn: '2012-04-16' }, 'printedOn', ['date', 'mrz']],
      [{ mrz: zone.replace('ERIKSSON', 'ERIKSEN<') }, 'mrz', ['mrz']],
      [{ mrz: zone.replace('L898902C36', 'L898902C37') }, 'mrz', ['mrz']],
    ] as const) {
      expect(() => read(more)).toThrow(expect.objectContaining({ code: 'INVALID', details: { [field]: 'differs' } }));
      expect(read({ ...more, sure: true })).toMatchObject({ differs: kept, mrz: 'disagrees' });
    }
  });

  test('what its type asks for must be typed, and what was not in hand was not felt', () => {
    expect(() => read({ number: null })).toThrow(expect.objectContaining({ details: { number: 'missing' } }));
    expect(() => read({ printedOn: null })).toThrow(expect.objectContaining({ details: { printedOn: 'missing' } }));
    expect(read({ seen: 'on-video', chip: 'right', ultraviolet: 'right' })).toMatchObject({ features: 'not-checked', ultraviolet: 'not-checked', chip: 'not-checked' }); // prettier-ignore
    const agreement = sentAs('tenancy-agreement', { issuedOn: '2026-01-01' });
    expect(read({ mrz: null, number: null, printedOn: '2026-01-01' }, agreement)).toMatchObject({ number: null, mrz: 'not-typed', printedOn: '2026-01-01' }); // prettier-ignore
  });
});
