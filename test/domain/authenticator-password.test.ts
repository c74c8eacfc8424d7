import { passwordAsMeant, passwordProblem, recoveryCodeAsMeant, withoutSpaces } from '../../domain/authenticator-password.ts';

const whose = { careId: '999000000018', words: ['Grace', 'Adeyemi', 'care identity'] };

test.each([
  ['eleven chars', 'password', '12 characters or more'],
  ['too long', 'a1b2c'.repeat(26), '128 characters or fewer'],
  ['their Care ID', 'mine 9990 0000 0018!', 'must not contain your Care ID'],
  ['one letter', 'aaaaaaaaaaaaaaaa', 'again and again'],
  ['names alone', 'GraceAdeyemi1', 'more than your name'],
  ['the service', 'Care Identity 1', 'more than your name'],
])('%s is no password', (_what, password, problem) => {
  expect(passwordProblem(password, whose)).toContain(problem);
});

test.each(['correct horse battery', 'twelve chars', 'Grace has 3 yellow boats', '🐎🐎🐎 pink 🐎🐎🐎 ü'])('“%s” may be kept', (password) => {
  expect(passwordProblem(password, whose)).toBeUndefined();
});

test('what is typed is read as it was meant', () => {
  expect(passwordAsMeant('e\u0301')).toBe('\u00e9');
  expect(withoutSpaces('9990 0000 0018')).toBe('999000000018');
  expect(recoveryCodeAsMeant('o1il2-abcde')).toBe('01112ABCDE');
});
