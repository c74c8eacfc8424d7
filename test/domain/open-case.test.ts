import { type CaseFacts, healthOf, healthSentence } from '../../domain/open-case.ts';

const now = new Date('2027-02-25T09:20:00Z');
const aCase = (facts: Partial<CaseFacts> = {}): CaseFacts => ({
  kind: 'card-issue',
  stage: 'printing',
  waitsFor: 'printer',
  due: null,
  failingSince: null,
  failingWhat: null,
  failingError: null,
  attempts: 0,
  nextTryAt: null,
  nobodySince: null,
  lostSince: null,
  ...facts,
});
const failing = {
  failingSince: new Date('2027-02-25T09:12:00Z'),
  failingWhat: 'printCard',
  failingError: 'PrinterUnreachable',
  attempts: 7,
  nextTryAt: new Date('2027-02-25T09:31:00Z'),
};
const named = { thing: 'The printer at Main reception', organisation: 'Elm Surgery' };
const said = (facts: Partial<CaseFacts>, more = {}) => healthSentence(aCase(facts), { ...named, ...more }, now);

test('a printer that does not answer, in the words of the issue', () => {
  expect(said(failing)).toBe('The printer at Main reception has not answered since 09:12; tried 7 times; next try 09:31');
});

test.each([
  [{ ...failing, failingSince: new Date('2027-02-24T09:12:00Z') }, /has not answered since 24 February 2027 at 09:12/],
  [{ ...failing, failingError: 'PrinterStopped' }, /^The printer at Main reception has stopped and needs somebody/],
  [{ ...failing, failingError: 'Error' }, /^Printing the card has failed since 09:12; tried 7 times/],
  [
    { ...failing, failingWhat: 'recordPositionRequest', failingError: 'DriverException', attempts: 1 },
    /^Saving what was decided has failed since 09:12; tried 1 time;/,
  ],
  [
    { ...failing, failingWhat: 'mail', failingError: 'NoAddress', nextTryAt: null },
    /no e-mail address; tried 7 times; it is not tried again by itself/,
  ],
  [{ ...failing, nextTryAt: new Date('2027-02-25T09:19:00Z') }, /being tried now$/],
  [{ lostSince: now }, /^Nothing is running for this case/],
  [{ nobodySince: now, waitsFor: 'sponsor' }, /^No sponsor is left at Elm Surgery$/],
  [{ nobodySince: now, waitsFor: 'id-checker' }, /^No ID checker is left at Elm Surgery$/],
  [{ due: new Date('2027-02-24T17:00:00Z') }, /^It was due on 24 February 2027 at 17:00$/],
  [{ due: new Date('2027-07-01T16:00:00Z') }, /^It is due on 1 July 2027 at 17:00$/],
  [{}, /^It has no date by which it is due$/],
])('%o is said as %s', (facts, words) => expect(said(facts)).toMatch(words));

test('one who asked and has no position left', () => {
  expect(said({ nobodySince: now, waitsFor: 'asker' }, { person: 'Aisha Khan' })).toBe(
    'Aisha Khan has no position left at Elm Surgery that could answer',
  );
});

test('the worst that is true is what a case is', () => {
  const late = { due: new Date('2027-02-24T17:00:00Z') };
  expect(healthOf(aCase(late), now)).toBe('late');
  expect(healthOf(aCase({ ...late, nobodySince: now }), now)).toBe('nobody');
  expect(healthOf(aCase({ ...late, nobodySince: now, failingSince: now }), now)).toBe('failing');
  expect(healthOf(aCase({ lostSince: now }), now)).toBe('failing');
});

test('the class of an error is all that is ever said of it', () => {
  expect(said({ ...failing, failingError: 'Ben Adeyemi, born 17 May 1990' })).not.toContain('Ben');
});
