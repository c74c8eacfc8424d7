/**
 * Test people, whom integration staff make for themselves to try their systems with: what can be chosen of one, what may be done with
 * them, and how they are called. Nothing of a name is typed, so that nobody real is ever put in. Only where the environment is not
 * production.
 */
import { roleSources } from './actor.ts';
import { namesIn } from './names.ts';
import { Refusal } from './refusal.ts';

/** Of one maker, those removed not counted. */
export const mostTestPeople = 50;
/** Kept so long, and so long again each time they are kept on. */
export const testPersonDays = 30;
export const mostTestRoles = 20;
export const soonMinutes = 10;

/** How they sign in. There is no password alone here: the weakest is a password and app that count for no more than level 1. */
export const testMethods = {
  card: { words: 'Smartcard in the drawer of software cards (level 3)', level: 3, signIn: 'smartcard' },
  password: { words: 'Password and authenticator app (level 2)', level: 2, signIn: 'password-totp' },
  'weak-password': { words: 'Password and authenticator app that count as level 1', level: 1, signIn: 'password-totp' },
  link: { words: 'Security key that you register yourself by a link (level 3)', level: 3, signIn: 'security-key' },
} as const satisfies Record<string, { words: string; level: 1 | 2 | 3; signIn: string }>;
export type TestMethod = keyof typeof testMethods;
export const testMethodNames = namesIn(testMethods);

export const testNames = {
  ordinary: 'An ordinary name',
  accents: 'Accents, an apostrophe and a hyphen',
  'one-letter': 'One letter each',
  'very-long': 'Very long',
  'one-name': 'One name only',
} as const;
export type TestName = keyof typeof testNames;
export const testNameKinds = namesIn(testNames);

export const levelChoices: Readonly<Record<0 | 1 | 2 | 3, string>> = {
  0: '0: nothing was checked',
  1: '1: low',
  2: '2: medium',
  3: '3: high, as for most staff',
};

/** A choice that is the same each time for the same seed: what is made of a case does not change when it is tried again. */
export function choosing(seed: string): <T>(from: readonly [T, ...T[]]) => T {
  let state = Array.from(seed).reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619) >>> 0, 2_166_136_261);
  return (from) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return from[((mixed ^ (mixed >>> 14)) >>> 0) % from.length] ?? from[0];
  };
}
export type Choose = ReturnType<typeof choosing>;

const titles = ['Dr', 'Miss', 'Mr', 'Mrs', 'Ms'] as const;
const given = ['Amina', 'Beatrice', 'Callum', 'Divya', 'Edwin', 'Farah', 'Gareth', 'Hannah', 'Imran', 'Joyce', 'Kwame', 'Lena'] as const;
const family = ['Testbury', 'Testerby', 'Testfield', 'Testford', 'Testham', 'Testley', 'Testmoor', 'Testwell', 'Testwood'] as const;
const accented = ['Zoë', 'Siân', 'Étienne', 'Jürgen', 'Núria', 'Małgorzata'] as const;
const accentedFamily = ['O’Tëst-Müller', 'D’Testé-Ångström', 'Ó Testáin-Łącki', 'Tëstø-Çelik'] as const;
const letters = ['A', 'E', 'I', 'O', 'U'] as const;

export interface TestIdentity {
  title: string | null;
  givenNames: string | null;
  familyName: string;
  /** ISO day. */
  dateOfBirth: string;
}

/** Somebody who cannot be taken for anybody: every family name says Test, in one way or another. */
export function testIdentity(kind: TestName, choose: Choose): TestIdentity {
  const dateOfBirth = `${choose(years)}-${choose(months)}-${choose(days)}`;
  const title = choose(titles);
  const named = {
    ordinary: () => ({ title, givenNames: choose(given), familyName: choose(family) }),
    accents: () => ({ title, givenNames: choose(accented), familyName: choose(accentedFamily) }),
    'one-letter': () => ({ title: 'Test', givenNames: choose(letters), familyName: choose(letters) }),
    'very-long': () => ({
      title: 'Professor',
      givenNames: `${given.join('-')} Maximiliana`,
      familyName: `${family.join('-')}-and-${family.toReversed().join('-')}`,
    }),
    'one-name': () => ({ title: null, givenNames: null, familyName: choose(family) }),
  } satisfies Record<TestName, () => Omit<TestIdentity, 'dateOfBirth'>>;
  return { ...named[kind](), dateOfBirth };
}
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => String(from + n).padStart(2, '0')) as [string, ...string[]];
const years = range(1950, 2000);
const months = range(1, 12);
const days = range(1, 28);

export interface TestRole {
  organisation: string;
  jobRole: string;
  activities: string[];
}

/** Codes that give a role in our own back office: a test person never has one, whoever asks for it. */
export const isBackOfficeCode = (code: string): boolean => roleSources.some((source) => source.code === code);

/** So many roles, no two the same while there are others, at as many organisations as there are. */
export function testRoles(
  count: number,
  from: { organisations: readonly string[]; jobRoles: readonly string[]; activities: readonly string[] },
  choose: Choose,
): TestRole[] {
  const jobRoles = from.jobRoles.filter((code) => !isBackOfficeCode(code));
  const activities = from.activities.filter((code) => !isBackOfficeCode(code));
  const roles: TestRole[] = [];
  let places = [...from.organisations];
  while (roles.length < count) {
    if (places.length === 0) places = [...from.organisations];
    const organisation = choose(some(places));
    places = places.filter((each) => each !== organisation);
    const had = roles.filter((each) => each.organisation === organisation).map(({ jobRole }) => jobRole);
    const left = jobRoles.filter((code) => !had.includes(code));
    const jobRole = choose(some(left.length > 0 ? left : jobRoles));
    const many = choose([0, 1, 2, 3]);
    const chosen = Array.from({ length: activities.length > 0 ? many : 0 }, () => choose(some(activities)));
    roles.push({ organisation, jobRole, activities: [...new Set(chosen)].toSorted() });
  }
  return roles;
}

/** @throws {Refusal} WRONG_STATE where there is nothing to choose from */
function some<T>(list: readonly T[]): [T, ...T[]] {
  const [first, ...rest] = list;
  if (first === undefined) throw new Refusal('WRONG_STATE', 'No organisations and job roles are loaded here to choose from');
  return [first, ...rest];
}

/** What a test person is now, as far as it says what may be done. */
export interface TestPersonNow {
  state: 'active' | 'suspended' | 'closed';
  method: TestMethod;
  /** It has what it signs in with. */
  isReady: boolean;
  /** A card that is not over. */
  hasCard: boolean;
}

interface Act {
  readonly words: string;
  /** Said before it is done, where it cannot be undone or ends everything. */
  readonly warning?: string;
  readonly when: (now: TestPersonNow) => boolean;
}

export const testActs = {
  'end-sign-ins': { words: 'End all sign-ins', when: ({ state }) => state === 'active' },
  suspend: { words: 'Suspend the Care ID', when: ({ state }) => state === 'active' },
  reopen: { words: 'Open the Care ID again', when: ({ state }) => state !== 'active' },
  close: { words: 'Close the Care ID', when: ({ state }) => state !== 'closed' },
  'cancel-card': {
    words: 'Cancel the smartcard',
    warning: 'The card is good for nothing afterwards, and this test person gets no other. Everything begun with it ends at once.',
    when: ({ hasCard }) => hasCard,
  },
  'new-link': { words: 'Make a new link', when: ({ method, state }) => method === 'link' && state === 'active' },
  'keep-on': { words: `Keep for ${testPersonDays} more days`, when: () => true },
  remove: {
    words: 'Remove the test person',
    warning: 'Their Care ID is closed, everything they are signed in to ends, and they leave this list. It cannot be undone.',
    when: () => true,
  },
} as const satisfies Record<string, Act>;
export type TestAct = keyof typeof testActs;
export const testActNames = namesIn(testActs);

/** Those that are asked about on a page of their own. */
export const warnedActs = testActNames.filter((act) => 'warning' in testActs[act]) as [TestAct, ...TestAct[]];

export const mayAct = (now: TestPersonNow, act: TestAct): boolean => (testActs[act] satisfies Act as Act).when(now);

/** @throws {Refusal} WRONG_STATE */
export function refuseTestAct(now: TestPersonNow, act: TestAct): void {
  if (!mayAct(now, act))
    throw new Refusal('WRONG_STATE', 'This test person has changed meanwhile, so that cannot be done. Open the page again');
}

/** @param has those the maker has already @throws {Refusal} WRONG_STATE */
export function refuseMoreTestPeople(has: number): void {
  if (has >= mostTestPeople) throw new Refusal('WRONG_STATE', `You have ${mostTestPeople} test people. Remove some, and then make others`);
}

/** Cases of the back office are for people who exist. @throws {Refusal} WRONG_STATE */
export function refuseCaseOfTestPerson(isTest: boolean): void {
  if (isTest) throw new Refusal('WRONG_STATE', 'This is a test person of the sandbox, who is changed only there');
}
