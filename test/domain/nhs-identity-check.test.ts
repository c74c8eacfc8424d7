import { scoreGpg45 } from '../../domain/gpg45.ts';
import { identityAssuranceLevel, nhsIdentityCheck, usualAssurance } from '../../domain/nhs-identity-check.ts';
import type { DocumentType } from '../../domain/document-type.ts';
import type { DocumentCheck, PresentedDocument } from '../../domain/evidence.ts';
import type { FaceCheck } from '../../domain/face.ts';
import { aCheck, aDocument, aFace, nothing, settings } from '../support/identity-evidence.ts';

const inHand = (type: DocumentType, changes: Partial<PresentedDocument> = {}, check: Partial<DocumentCheck> = {}) =>
  aDocument(type, { check: aCheck({ seen: 'in-person', ...check }), ...changes });

function checked(documents: readonly PresentedDocument[], face: Partial<FaceCheck> = {}) {
  const evidence = { ...nothing, documents, faces: documents.slice(0, 1).map(({ id }) => aFace('in-person', id, face)) };
  return nhsIdentityCheck(evidence, scoreGpg45(evidence, settings).items);
}

test.each<[string, DocumentType[]]>([
  ['two with a photograph and one address', ['passport-with-chip', 'forces-card', 'utility-account']],
  ['one with a photograph and two addresses', ['passport-with-chip', 'bank-account', 'utility-account']],
  ['a driving licence as the photograph', ['uk-driving-licence', 'bank-account', 'utility-account']],
  ['a driving licence as the address', ['passport-with-chip', 'uk-driving-licence', 'utility-account']],
  ['a driving licence as the address, and another photograph', ['passport-with-chip', 'forces-card', 'uk-driving-licence']],
])('%s pass', (_what, types) => {
  expect(checked(types.map((type) => inHand(type)))).toMatchObject({ passed: true, missing: [] });
});

test('each document is used once: a licence is not the photograph and the address', () => {
  expect(checked([inHand('uk-driving-licence'), inHand('utility-account')])).toEqual({
    passed: false,
    used: [],
    missing: ['One more document with a photograph or that proves the address, seen in person'],
  });
});

test.each<[string, PresentedDocument[], RegExp]>([
  ['three photographs', [inHand('passport-with-chip'), inHand('forces-card'), inHand('pass-card')], /proves the address/],
  ['three addresses', [inHand('bank-account'), inHand('council-tax'), inHand('utility-account')], /with a photograph/],
  ['one that was only sent in', [inHand('passport-with-chip'), aDocument('bank-account'), inHand('utility-account')], /One more document/],
  [
    'one shown on video',
    [inHand('passport-with-chip'), inHand('bank-account', {}, { seen: 'on-video' }), inHand('utility-account')],
    /One more document/,
  ],
  [
    'a bill that is too old',
    [inHand('passport-with-chip'), inHand('forces-card'), inHand('utility-account', { issuedOn: '2026-08-23' })],
    /proves the address/,
  ],
  [
    'a passport out of date',
    [inHand('passport-with-chip', { expiresOn: '2026-11-23' }), inHand('bank-account'), inHand('utility-account')],
    /with a photograph/,
  ],
  ['a certificate of birth', [inHand('passport-with-chip'), inHand('birth-certificate'), inHand('utility-account')], /One more document/],
])('%s do not, and it says what is missing', (_what, documents, missing) => {
  const { passed, missing: words } = checked(documents);
  expect(passed).toBe(false);
  expect(words[0]).toMatch(missing);
});

test('a bill of the last day it counts is accepted', () => {
  const documents = [inHand('passport-with-chip'), inHand('forces-card'), inHand('utility-account', { issuedOn: '2026-08-24' })];
  expect(checked(documents).passed).toBe(true);
});

test('the person must be there, and be the one in the photographs', () => {
  const documents = [inHand('passport-with-chip'), inHand('bank-account'), inHand('utility-account')];
  for (const face of [{ method: 'live-video' }, { document: 'cannot-tell' }, { cardPhotograph: 'cannot-tell' }] as const)
    expect(checked(documents, face).missing).toEqual(['The person, in front of the checker, compared with a document’s photograph']);
});

test('an eVisa counts once its issuer was asked, as it is never in hand', () => {
  const evisa = (check: Partial<DocumentCheck>) => aDocument('evisa', { check: aCheck(check) });
  const others = [inHand('bank-account'), inHand('utility-account')];
  expect(checked([evisa({ issuer: 'confirmed' }), ...others]).passed).toBe(true);
  expect(checked([evisa({}), ...others]).passed).toBe(false);
});

test('it sets the assurance level by its own setting, beside what the profile gives', () => {
  const passed = { passed: true, used: [], missing: [] };
  const failed = { ...passed, passed: false };
  expect(identityAssuranceLevel('medium', passed)).toBe(3);
  expect(identityAssuranceLevel('medium', failed)).toBe(2);
  expect(identityAssuranceLevel('none', failed)).toBe(0);
  expect(identityAssuranceLevel('medium', passed, { ...usualAssurance, nhsFaceToFace: 1 })).toBe(2);
  expect(identityAssuranceLevel('very-high', failed)).toBe(3);
});
