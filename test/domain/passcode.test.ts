import { passcodeFault } from '../../domain/passcode.ts';

test.each(['274951', '1029384', '90817263', '112358', '102030', '314159'])('%s may be chosen', (passcode) => {
  expect(passcodeFault(passcode)).toBeNull();
});

test.each(['', '12345', '274951123', '27495a', ' 274951', '٢٧٤٩٥١', '274 951'])('"%s" is not 6 to 8 digits', (passcode) => {
  expect(passcodeFault(passcode)).toBe('SHAPE');
});

test.each([
  ['a run up', '123456'],
  ['a run down', '98765432'],
  ['a run over nought', '789012'],
  ['one digit', '00000000'],
  ['two digits again and again', '121212'],
  ['two digits, the last cut off', '1212121'],
  ['three digits twice', '274274'],
  ['four digits twice', '27492749'],
  ['one digit and a stray', '1111112'],
  ['a run with each digit twice', '112233'],
])('%s is too simple: %s', (_name, passcode) => {
  expect(passcodeFault(passcode)).toBe('SIMPLE');
});
