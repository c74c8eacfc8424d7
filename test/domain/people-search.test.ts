import { isNear, rankByName, readSearch, searchText } from '../../domain/people-search.ts';

test.each([
  ['5550 1234 5678', { by: 'care-id', careId: '555012345678' }],
  ['555012345678', { by: 'care-id', careId: '555012345678' }],
  ['ben@example.org', { by: 'email', email: 'ben@example.org' }],
  ['ab 12 34 56 c', { by: 'national-insurance-number', number: 'AB123456C' }],
  ['Ben Adeyemi', { by: 'name', name: 'Ben Adeyemi' }],
  ['王小明', { by: 'name', name: '王小明' }],
])('%s is read as what it is', (text, search) => {
  expect(readSearch(text)).toEqual(search);
});

test.each([
  ['', 'Enter a name'],
  ['  ', 'Enter a name'],
  ['%', 'Enter a name'],
  ['1234 5678', 'A Care ID has 12 numbers'],
  ['x'.repeat(301), 'Enter 300 characters or fewer'],
])('%j is refused, saying what to enter', (text, message) => {
  expect(searchText.safeParse(text).error?.issues[0]?.message).toContain(message);
});

const person = (name: string, cardName: string | null = null) => {
  const words = name.split(' ');
  return { name, givenNames: words.slice(0, -1).join(' ') || null, familyName: words.at(-1) ?? '', cardName };
};
const found = (typed: string, ...names: string[]) =>
  rankByName(
    typed,
    names.map((name) => person(name)),
  ).map(({ name }) => name);

test('names are found in any order and near enough, the likest first', () => {
  expect(found('adeyemi ben', 'Rosa Marsh', 'Benjamin Adeyemi', 'Ben Adeyemi')).toEqual(['Ben Adeyemi', 'Benjamin Adeyemi']);
  expect(found('obrien sian', 'Siân O’Brien', 'Owen Price')).toEqual(['Siân O’Brien']);
  expect(found('muhammad ali', 'Mohammed Ali')).toEqual(['Mohammed Ali']);
  expect(found('Ben Oluwaseun Adeyemi', 'Ben Adeyemi')).toEqual(['Ben Adeyemi']);
  expect(found('suharto', 'Suharto', 'Grace Hopper')).toEqual(['Suharto']);
});

test('somebody is found by the name on their card', () => {
  expect(rankByName('kit marlowe', [person('Christopher Marley', 'Kit Marlowe')])).toHaveLength(1);
});

test.each([
  ['ben', 'benjamin', false, true],
  ['smyth', 'smith', false, true],
  ['mohamad', 'muhammad', true, true],
  ['shaun', 'sean', true, true],
  ['smith', 'smeaton', false, false],
  ['ben', 'ann', false, false],
])('%s is near %s: %s sound, %s', (typed, word, soundsAlike, near) => {
  expect(isNear({ typed, word, soundsAlike })).toBe(near);
});
