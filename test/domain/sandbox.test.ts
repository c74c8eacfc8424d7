import { roleSources } from '../../domain/actor.ts';
import { namePart } from '../../domain/personal-name.ts';
import {
  choosing,
  isBackOfficeCode,
  mayAct,
  mostTestPeople,
  refuseCaseOfTestPerson,
  refuseMoreTestPeople,
  refuseTestAct,
  testActNames,
  testIdentity,
  testMethodNames,
  testNameKinds,
  type TestPersonNow,
  testRoles,
  warnedActs,
} from '../../domain/sandbox.ts';

const from = {
  organisations: ['A1A', 'B2B', 'C3C'],
  jobRoles: ['R8000', 'R8001', 'R8003', ...roleSources.map(({ code }) => code)],
  activities: ['B0360', 'B0380', ...roleSources.map(({ code }) => code)],
};
const seeds = Array.from({ length: 200 }, (_, n) => `seed ${n}`);

test.each(testNameKinds)('a name that is %s says that it is a test, and is one that a register takes', (kind) => {
  const all = seeds.map((seed) => testIdentity(kind, choosing(seed)));
  for (const { title, givenNames, familyName, dateOfBirth } of all) {
    expect([title, givenNames, familyName].join(' ')).toMatch(/t[eëé]st/i);
    for (const part of [givenNames, familyName]) if (part && kind !== 'very-long') expect(namePart.safeParse(part).success).toBe(true);
    expect(new Date(dateOfBirth).toISOString().slice(0, 10)).toBe(dateOfBirth);
  }
  expect(new Set(all.map((each) => JSON.stringify(each))).size).toBeGreaterThan(100);
});

test('each kind of name is what it says', () => {
  const one = (kind: (typeof testNameKinds)[number]) => testIdentity(kind, choosing('any'));
  expect(one('accents').givenNames + one('accents').familyName).toMatch(/[^ -~]/);
  expect(one('one-letter')).toMatchObject({ givenNames: expect.stringMatching(/^.$/), familyName: expect.stringMatching(/^.$/) });
  expect(one('very-long').familyName.length).toBeGreaterThan(150);
  expect(one('one-name').givenNames).toBeNull();
});

test('what is chosen for a seed stays so', () => {
  expect(testIdentity('ordinary', choosing('one'))).toEqual(testIdentity('ordinary', choosing('one')));
  expect(testRoles(7, from, choosing('one'))).toEqual(testRoles(7, from, choosing('one')));
});

test.each([0, 1, 3, 7, 9, 20])('%i roles at random: none twice while there are others, none that opens our own pages', (count) => {
  for (const seed of seeds) {
    const roles = testRoles(count, from, choosing(seed));
    expect(roles).toHaveLength(count);
    expect(new Set(roles.map(({ organisation, jobRole }) => `${organisation} ${jobRole}`)).size).toBe(Math.min(count, 9));
    expect(new Set(roles.map(({ organisation }) => organisation)).size).toBe(Math.min(count, 3));
    for (const { jobRole, activities } of roles) expect([jobRole, ...activities].some(isBackOfficeCode)).toBe(false);
  }
});

test('without anything loaded there are no roles to choose from', () => {
  expect(() => testRoles(1, { ...from, organisations: [] }, choosing('one'))).toThrow('No organisations and job roles are loaded');
  expect(() => testRoles(1, { ...from, jobRoles: ['R5080'] }, choosing('one'))).toThrow('No organisations and job roles are loaded');
  expect(testRoles(0, { organisations: [], jobRoles: [], activities: [] }, choosing('one'))).toEqual([]);
});

test('the number for each maker has a limit', () => {
  expect(() => refuseMoreTestPeople(mostTestPeople - 1)).not.toThrow();
  expect(() => refuseMoreTestPeople(mostTestPeople)).toThrow('You have 50 test people');
});

test('cases of the back office are not for test people', () => {
  expect(() => refuseCaseOfTestPerson(true)).toThrow('changed only there');
  expect(() => refuseCaseOfTestPerson(false)).not.toThrow();
});

const always = ['keep-on', 'remove'];
const expected = ({ state, method, hasCard }: TestPersonNow) => [
  ...(state === 'active' ? ['end-sign-ins', 'suspend'] : ['reopen']),
  ...(state === 'closed' ? [] : ['close']),
  ...(hasCard ? ['cancel-card'] : []),
  ...(method === 'link' && state === 'active' ? ['new-link'] : []),
  ...always,
];
const everyNow = (['active', 'suspended', 'closed'] as const).flatMap((state) =>
  testMethodNames.flatMap((method) => [true, false].map((hasCard): TestPersonNow => ({ state, method, hasCard, isReady: true }))),
);

test.each(everyNow)('what may be done with one who is $state, signs in by $method, has a card: $hasCard', (now) => {
  const allowed = testActNames.filter((act) => mayAct(now, act));
  expect(allowed.toSorted()).toEqual(expected(now).toSorted());
  for (const act of testActNames) {
    if (allowed.includes(act)) expect(() => refuseTestAct(now, act)).not.toThrow();
    else expect(() => refuseTestAct(now, act)).toThrow('changed meanwhile');
  }
});

test('what cannot be undone is asked about first', () => {
  expect(warnedActs).toEqual(['cancel-card', 'remove']);
});
