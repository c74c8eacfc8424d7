import {
  type EmailCode,
  makeEmailCode,
  newEmailCode,
  readEmailCode,
  refuseTooManyCodes,
  tryEmailCode,
  wrongCodeWords,
} from '../../domain/email-code.ts';

const sent = new Date('2026-11-24T09:00:00Z');
const minutesLater = (minutes: number) => new Date(sent.getTime() + minutes * 60_000);
const tried = (code: EmailCode, matches: boolean, minutes = 1) => tryEmailCode(code, matches, { now: minutesLater(minutes) });
const refused = (code: string, words: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(words) });

test('six digits, zeros in front kept', () => {
  expect(makeEmailCode(() => 42)).toBe('000042');
  expect(makeEmailCode((below) => below - 1)).toBe('999999');
});

test.each([
  ['012345', '012345'],
  [' 012 345 ', '012345'],
  ['012-345', '012345'],
  ['０１２３４５', '012345'],
  ['12345', null],
  ['1234567', null],
  ['12345a', null],
  ['', null],
])('%j is read as %j', (typed, code) => {
  expect(readEmailCode(typed)).toBe(code);
});

test('the right digits are good once', () => {
  const first = tried(newEmailCode(sent), true);
  expect(first).toMatchObject({ right: true, code: { usedAt: minutesLater(1) } });
  expect(() => tried(first.code, true)).toThrow(refused('EXPIRED', /has been used. Ask for a new code/));
});

test('they expire', () => {
  expect(tried(newEmailCode(sent), true, 14.99).right).toBe(true);
  expect(() => tried(newEmailCode(sent), true, 15)).toThrow(refused('EXPIRED', /has expired. Ask for a new code/));
});

test('five wrong tries lock them, even for the right digits', () => {
  let code = newEmailCode(sent);
  for (const left of [4, 3, 2, 1, 0]) {
    const wrong = tried(code, false);
    expect(wrong).toMatchObject({ right: false, triesLeft: left });
    code = wrong.code;
  }
  expect(() => tried(code, true)).toThrow(refused('TOO_MANY_TRIES', /locked.*Ask for a new code/));
});

test('only the newest is good', () => {
  expect(() => tried({ ...newEmailCode(sent), replaced: true }, true)).toThrow(refused('EXPIRED', /newer code/));
});

test('what to say of the tries left', () => {
  expect(wrongCodeWords(4)).toBe('That is not the code. You have 4 tries left');
  expect(wrongCodeWords(1)).toBe('That is not the code. You have 1 try left');
  expect(wrongCodeWords(0)).toMatch(/now locked/);
});

test('another code is not sent within half a minute, nor a seventh within the hour', () => {
  expect(() => refuseTooManyCodes([], sent)).not.toThrow();
  expect(() => refuseTooManyCodes([sent], minutesLater(0.4))).toThrow(refused('TOO_MANY_TRIES', /after 24 November 2026 at 09:00/));
  expect(() => refuseTooManyCodes([sent], minutesLater(0.5))).not.toThrow();
  const six = [0, 5, 10, 15, 20, 25].map(minutesLater);
  expect(() => refuseTooManyCodes(six, minutesLater(59))).toThrow(refused('TOO_MANY_TRIES', /10:00/));
  expect(() => refuseTooManyCodes(six, minutesLater(60))).not.toThrow();
});
