import { ageInWords, documentProblems, lastDayOf, voidReasons, voidsOf } from '../../domain/evidence.ts';
import { documentTypeNames, kindOf } from '../../domain/document-type.ts';
import { aCheck, aDocument, today } from '../support/identity-evidence.ts';

const described = (type: (typeof documentTypeNames)[number]) => ({ type, number: null, issuer: null, issuedOn: null, expiresOn: null });

test('each type asks for what it has, in its own words, and for nothing else', () => {
  for (const type of documentTypeNames) {
    const { number, issuer, expires, dated } = kindOf(type);
    const fields = documentProblems(described(type), today).map(({ field }) => field);
    const expected = [
      ...(number?.required ? ['number'] : []),
      ...(issuer ? ['issuer'] : []),
      ...(expires ? ['expiresOn'] : []),
      ...(dated ? ['issuedOn'] : []),
    ];
    expect(fields).toEqual(expected);
    const { check: _check, id: _id, ...complete } = aDocument(type);
    expect(documentProblems(complete, today)).toEqual([]);
  }
  expect(documentProblems(described('passport-with-chip'), today)[0]?.words).toBe('Enter the passport number');
});

test('a bill dated tomorrow is refused; a number of marks only is none', () => {
  expect(documentProblems({ ...aDocument('utility-account'), issuedOn: '2026-11-25' }, today)).toEqual([
    { field: 'issuedOn', words: 'Date of the bill must be today or in the past' },
  ]);
  expect(documentProblems({ ...aDocument('pass-card'), number: ' - ' }, today)[0]?.field).toBe('number');
});

test('how old address evidence may be is a setting', () => {
  const bill = aDocument('utility-account', { issuedOn: '2026-08-01' });
  expect(voidsOf(bill, today)).toEqual(['out-of-date']);
  expect(voidsOf(bill, today, { 'utility-account': 6 })).toEqual([]);
  expect(lastDayOf(bill, { 'utility-account': null })).toBeNull();
  expect(ageInWords(bill, today)).toBe('Out of date since 1 November 2026');
  expect(ageInWords(bill, today, { 'utility-account': 6 })).toBe('In date until 1 February 2027');
  expect(ageInWords(aDocument('tenancy-agreement'), today)).toBe('No end date');
});

test('a tenancy that has ended is out of date', () => {
  expect(voidsOf(aDocument('tenancy-agreement', { expiresOn: '2026-11-23' }), today)).toEqual(['out-of-date']);
});

test('every reason a document counts for nothing', () => {
  const passport = (check: Parameters<typeof aCheck>[0]) => aDocument('passport-with-chip', { check: aCheck(check) });
  const found = [
    voidsOf(passport({ looksGenuine: false }), today),
    voidsOf(passport({ features: 'wrong' }), today),
    voidsOf(passport({ ultraviolet: 'wrong' }), today),
    voidsOf(passport({ chip: 'wrong' }), today),
    voidsOf(passport({ issuer: 'denied' }), today),
    voidsOf(passport({ reported: 'reported' }), today),
    voidsOf(passport({ mrz: 'disagrees' }), today),
    voidsOf(passport({ detailsAgree: false }), today),
    voidsOf(aDocument('passport-with-chip', { check: null }), today),
    voidsOf(aDocument('passport-with-chip', { expiresOn: '2026-11-23' }), today),
    voidsOf(aDocument('passport-with-chip', { expiresOn: null }), today),
    voidsOf(aDocument('utility-account', { issuedOn: '2026-11-25' }), today),
  ];
  expect(found.map((reasons) => reasons.length)).toEqual(found.map(() => 1));
  expect(new Set(found.flat())).toEqual(new Set(Object.keys(voidReasons)));
});

test('a document counts on the day it expires, and not on the next', () => {
  expect(voidsOf(aDocument('passport-with-chip', { expiresOn: today }), today)).toEqual([]);
  expect(voidsOf(aDocument('passport-with-chip', { expiresOn: today }), '2026-11-25')).toEqual(['out-of-date']);
});
