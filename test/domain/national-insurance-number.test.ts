import {
  masked,
  nationalInsuranceNumber,
  nationalInsuranceNumberProblem,
  readNationalInsuranceNumber,
  spaced,
} from '../../domain/national-insurance-number.ts';

test.each(['AB123456C', 'ab 12 34 56 c', ' AB-12-34-56-C ', 'AB 12 34 56 C', 'ＡＢ123456C'])('%j is kept as AB123456C', (typed) => {
  expect(readNationalInsuranceNumber(typed)).toEqual({ ok: true, number: 'AB123456C' });
});

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');

test('the prefixes HMRC uses, and no other', () => {
  const used = letters
    .flatMap((one) => letters.map((two) => one + two))
    .filter((prefix) => readNationalInsuranceNumber(`${prefix}123456A`).ok);
  const expected = letters
    .filter((one) => !'DFIQUV'.includes(one))
    .flatMap((one) => letters.filter((two) => !'DFIOQUV'.includes(two)).map((two) => one + two))
    .filter((prefix) => !['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'].includes(prefix));
  expect(used).toEqual(expected);
});

test('the suffixes A to D, and no other', () => {
  expect(letters.filter((suffix) => readNationalInsuranceNumber(`AB123456${suffix}`).ok)).toEqual(['A', 'B', 'C', 'D']);
});

test.each(['QQ123456C', 'AB12345C', 'AB1234567', 'AB123456', 'AB123456CC', 'AB12345OC', '=AB123456C', '<b>AB123456C'])(
  '%j is refused, saying what one looks like',
  (typed) => expect(readNationalInsuranceNumber(typed)).toEqual({ ok: false, problem: nationalInsuranceNumberProblem }),
);

test('none, and a temporary one, are said to be so', () => {
  expect(readNationalInsuranceNumber(' ')).toMatchObject({ problem: 'Enter your National Insurance number' });
  for (const temporary of ['TN 120892 F', '12 A 34567'])
    expect(readNationalInsuranceNumber(temporary)).toMatchObject({ problem: expect.stringContaining('temporary') });
});

test('rows and the API get it as it is kept, or the same words', () => {
  expect(nationalInsuranceNumber.parse('ab 12 34 56 c')).toBe('AB123456C');
  expect(nationalInsuranceNumber.safeParse('x').error?.issues[0]?.message).toBe(nationalInsuranceNumberProblem);
});

test('shown spaced, or hidden but for what its holder would know', () => {
  expect(spaced('AB123456C')).toBe('AB 12 34 56 C');
  expect(masked('AB123456C')).toBe('•• •• •• 56 C');
});
