import { type ComparedPerson, compareForDuplicate, possibleDuplicates } from '../../domain/duplicate.ts';

const amira: ComparedPerson = {
  name: { given: 'Amira', middle: null, family: 'Khan' },
  dateOfBirth: '1990-03-04',
  nationalInsuranceNumber: 'AB123456C',
  email: 'amira@example.org',
};
const stranger: ComparedPerson = {
  name: { given: 'Tom', middle: null, family: 'Wright' },
  dateOfBirth: '1971-10-30',
  nationalInsuranceNumber: 'CE654321A',
  email: 'tom@example.org',
};
const reasons = (changes: Partial<ComparedPerson>) => compareForDuplicate(amira, { ...stranger, ...changes })?.reasons ?? [];
const { name, dateOfBirth } = amira;

test.each<[string, Partial<ComparedPerson>, string[]]>([
  ['nothing in common', {}, []],
  ['the same number', { nationalInsuranceNumber: 'AB123456C' }, ['same-number']],
  ['the same e-mail in another case', { email: 'Amira@Example.org' }, ['same-email']],
  ['the same name and birth', { name, dateOfBirth }, ['same-name-and-birth']],
  ['names in the other order', { name: { given: 'Khan', middle: null, family: 'Amira' }, dateOfBirth }, ['same-name-and-birth']],
  ['a slip in the name', { name: { given: 'Ameera', middle: null, family: 'Khan' }, dateOfBirth }, ['similar-name-and-birth']],
  ['day and month swapped', { name, dateOfBirth: '1990-04-03' }, ['same-name-similar-birth']],
  ['a digit wrong', { name, dateOfBirth: '1990-03-05' }, ['same-name-similar-birth']],
  ['the same name, another birth', { name, dateOfBirth: '1985-11-20' }, []],
  ['the same birth, another name', { dateOfBirth }, []],
])('%s', (_what, changes, expected) => {
  expect(reasons(changes)).toEqual(expected);
});

test('no number, or no e-mail, on both sides is nothing in common', () => {
  const without = { nationalInsuranceNumber: null, email: null };
  expect(compareForDuplicate({ ...amira, ...without }, { ...stranger, ...without })).toBeNull();
});

test('twins are pointed at, as similar and not the same', () => {
  const twin = { name: { given: 'Amina', middle: null, family: 'Khan' }, dateOfBirth, nationalInsuranceNumber: 'AB123457C', email: null };
  expect(compareForDuplicate(amira, twin)?.reasons).toEqual(['similar-name-and-birth']);
});

test('the likest come first, and the rest are left out', () => {
  const [same, mail, other] = [
    { ...amira, id: 'same' },
    { ...stranger, email: amira.email, id: 'mail' },
    { ...stranger, id: 'other' },
  ];
  const found = possibleDuplicates(amira, [mail, other, same]);
  expect(found.map(({ person }) => person.id)).toEqual(['same', 'mail']);
});
