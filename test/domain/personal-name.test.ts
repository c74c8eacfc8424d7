import {
  fullName,
  givenApart,
  jaroWinkler,
  nameKey,
  nameLikeness,
  type PersonalName,
  personalName,
  searchable,
} from '../../domain/personal-name.ts';

const named = (given: string | null, family: string, middle: string | null = null): PersonalName => ({ given, middle, family });
const problemOf = (name: unknown) => personalName.safeParse(name).error?.issues[0]?.message;

test.each([
  ['an apostrophe', 'Aoife', "O'Brien"],
  ['a curly apostrophe', 'Aoife', 'O’Brien'],
  ['accents', 'Zoë', 'Núñez-Gârbeață'],
  ['one letter', 'E', 'O'],
  ['a hundred letters', 'x'.repeat(100), 'é'.normalize('NFD').repeat(100)],
  ['another script', '愛', '王'],
  ['joiners a script needs', 'می\u200cنا', 'علی'],
  ['what looks like markup', '<b>Ann</b>', 'Robert"); drop table person;--'],
  ['what looks like a formula', '=HYPERLINK("http://example.org")', '@SUM(A1)'],
  ['a digit', 'X Æ A-12', 'Musk 3rd'],
])('%s is accepted, and kept as typed', (_what, given, family) => {
  expect(personalName.parse({ given, family })).toEqual({ given: given.normalize('NFC'), middle: null, family: family.normalize('NFC') });
});

test('somebody with one name only', () => {
  for (const given of ['', '  ', null, undefined]) expect(personalName.parse({ given, family: 'Suharto' }).given).toBeNull();
  expect(fullName(named(null, 'Suharto'))).toBe('Suharto');
});

test('spaces are tidied and accents composed', () => {
  expect(personalName.parse({ given: '  Mary \t Ann ', family: 'Zoe\u0308' })).toEqual({ given: 'Mary Ann', middle: null, family: 'Zoë' });
});

test.each([
  ['a header injection', { given: 'Ann\r\nBcc: all@example.org', family: 'Lee' }, 'must be on one line, in letters that can be printed'],
  ['text that turns the line round', { given: '\u202eAnn', family: 'Lee' }, 'must be on one line, in letters that can be printed'],
  ['no letter at all', { given: '1234', family: 'Lee' }, 'must have a letter'],
  ['no family name', { given: 'Ann', family: ' ' }, 'must be given'],
  ['101 letters', { given: 'Ann', family: 'x'.repeat(101) }, 'must be 100 letters or fewer'],
  ['a hundred accents on a letter', { given: 'Ann', family: `x${'\u0301'.repeat(600)}` }, 'must be 100 letters or fewer'],
])('%s is refused', (_what, name, words) => {
  expect(problemOf(name)).toBe(words);
});

test.each([
  ["O'Brien", 'obrien'],
  ['O’BRIEN', 'obrien'],
  ['Smith-Jones', 'smith jones'],
  ['Müller', 'muller'],
  ['Straße', 'strasse'],
  ['Łukasz Søren Đặng', 'lukasz soren dang'],
  ['D. J.', 'd j'],
  ['王', '王'],
])('%s is searched as %s', (name, as) => {
  expect(searchable(name)).toBe(as);
});

test('the key is the same in any order', () => {
  expect(nameKey(named('Anna', 'Smith-Jones', 'Maria'))).toBe(nameKey(named('Maria Smith', 'Jones', 'Anna')));
});

test('Jaro–Winkler as published', () => {
  expect(jaroWinkler('martha', 'marhta')).toBeCloseTo(0.961, 3);
  expect(jaroWinkler('dwayne', 'duane')).toBeCloseTo(0.84, 3);
  expect(jaroWinkler('dixon', 'dicksonx')).toBeCloseTo(0.813, 3);
  expect(jaroWinkler('abc', 'xyz')).toBe(0);
});

test.each([
  ['order', named('Amira', 'Khan'), named('Khan', 'Amira')],
  ['accents', named('Zoë', 'Núñez'), named('Zoe', 'Nunez')],
  ['a middle name', named('Amira', 'Khan', 'Sara'), named('Amira', 'Khan')],
  ['an apostrophe', named('Aoife', "O'Brien"), named('Aoife', 'OBrien')],
  ['a slip', named('Jonathan', 'Smith'), named('Jonathon', 'Smyth')],
  ['an initial', named('J', 'Henderson'), named('Jonathan', 'Henderson')],
  ['a second family name', named('María', 'García López'), named('Maria', 'Garcia')],
  ['a split name', named('Mary Ann', 'Lee'), named('Maryann', 'Lee')],
])('%s does not hide that two names are alike', (_what, one, other) => {
  expect(nameLikeness(one, other)).toBeGreaterThan(0.85);
  expect(nameLikeness(other, one)).toBeCloseTo(nameLikeness(one, other), 10);
});

test.each([
  [named('Amira', 'Khan'), named('Daniel', 'Khan')],
  [named('John', 'Smith'), named('Mary', 'Jones')],
  [named('Wei', 'Li'), named('Ana', 'Lopez')],
  [named(null, 'Suharto'), named('Ann', 'Lee')],
])('names that are not alike', (one, other) => {
  expect(nameLikeness(one, other)).toBeLessThan(0.82);
});

test.each([
  ['one', 'Ada', 'Ada', null, 'A'],
  ['two', 'Ada Augusta', 'Ada', 'Augusta', 'AA'],
  ['many, with a hyphen', 'Jean-Luc étienne  María', 'Jean-Luc', 'étienne María', 'JÉM'],
  ['an accent by itself', 'e\u0301mile Zoë', 'e\u0301mile', 'Zoë', 'E\u0301Z'],
  ['another script', '小明', '小明', null, '小'],
])('given names apart: %s', (_what, given, first, middle, initials) => {
  expect(givenApart(given)).toEqual({ first, middle, initials: initials });
});
