import {
  allBodies,
  type Body,
  hangingOn,
  membershipEndReason,
  professionalBodies,
  professionalClaims,
  readMembershipNumber,
  refuseDays,
  refuseOwnMembership,
  refuseToHold,
  standingOf,
  toldOf,
} from '../../domain/professional-membership.ts';

const read = (body: Body, typed: string) => {
  const found = readMembershipNumber(body, typed);
  return found.ok ? found.number : found.problem;
};
const held = (...numbers: ReadonlyArray<readonly [Body, string]>) => numbers.map(([body, number]) => ({ body, number }));

test('the claims are those of the national service, each of one register', () => {
  const names = ['gmc_id', 'nmc_id', 'gdc_id', 'gphc_id', 'gmp_id', 'gdp_id', 'rcn_id', 'consultant_id'];
  expect([...professionalClaims].sort()).toEqual(names.sort());
});

test.each(allBodies)('the example of %s is in its format, and stands in what is said of a number that is not', (body) => {
  const { example, number } = professionalBodies[body];
  expect(read(body, example)).toBe(example);
  expect(read(body, '?')).toMatch(new RegExp(`^Enter the ${number}: .*, like ${example}$`));
});

test.each<[Body, string, string]>([
  ['gmc', ' 012 3456 ', '0123456'],
  ['nmc', '00a-0000a', '00A0000A'],
  ['nmc', '００Ａ００００Ａ', '00A0000A'],
  ['gdc', '123', '123'],
  ['gphc', '5.000.000', '5000000'],
  ['gmp', 'g1234567', 'G1234567'],
  ['gdp', 'D3345122', 'D3345122'],
  ['consultant', 'cd 001234', 'CD001234'],
  ['rcn', 'ab-1234', 'AB1234'],
])('%s as people type it: %s', (body, typed, number) => {
  expect(read(body, typed)).toBe(number);
});

test.each<[Body, string]>([
  ['gmc', '123456'],
  ['gmc', '12345678'],
  ['gmc', 'C1234567'],
  ['nmc', '00A0000'],
  ['nmc', 'A0000000'],
  ['gdc', '12'],
  ['gdc', '1234567'],
  ['gdc', '012345'],
  ['gphc', '3000000'],
  ['gmp', '1234567'],
  ['gmp', 'G123456'],
  ['gdp', 'D123456'],
  ['consultant', 'C123456'],
  ['consultant', 'N1234567'],
  ['rcn', '12'],
  ['rcn', ''],
])('%s is not %s, and what to enter is said', (body, typed) => {
  expect(read(body, typed)).toMatch(/^Enter the /);
});

test('a slip in a GDP code is caught by its check digit, and codes of nobody are not taken', () => {
  expect(read('gdp', 'D3345123')).toMatch(/last digit does not fit/);
  expect(read('gdp', 'D9999998')).toMatch(/stands for a number that is not known/);
  expect(read('consultant', 'C9999998')).toMatch(/stands for a number that is not known/);
  expect(read('gmp', 'G9999998')).toMatch(/stands for a number that is not known/);
});

test('one of each register, and those that are made of another number only beside it', () => {
  const hold = (body: Body, number: string, ...others: ReadonlyArray<readonly [Body, string]>) => {
    try {
      refuseToHold({ body, number }, held(...others));
      return 'yes';
    } catch (error) {
      return (error as { details: Record<string, string> }).details;
    }
  };
  for (const body of allBodies) {
    const { needs, example } = professionalBodies[body];
    expect([body, hold(body, example)]).toEqual([body, needs ? { body: 'needs-another' } : 'yes']);
    expect(hold(body, example, [body, example])).toEqual({ body: 'held' });
  }
  expect(hold('nmc', '00A0000A', ['gmc', '0000000'], ['gdc', '999999'])).toBe('yes');
  expect(hold('gmp', 'G0000000', ['gmc', '0000000'])).toBe('yes');
  expect(hold('gmp', 'G0000000', ['nmc', '00A0000A'])).toEqual({ body: 'needs-another' });
  expect(hold('consultant', 'C0000000', ['gmc', '0000000'])).toBe('yes');
  expect(hold('consultant', 'C0000001', ['gmc', '0000000'])).toEqual({ number: 'does-not-fit' });
  expect(hold('consultant', 'CD001234', ['gdc', '1234'])).toBe('yes');
  expect(hold('consultant', 'CD001234', ['gdc', '1234'], ['gmc', '0000000'])).toBe('yes');
});

test('what hangs on a number ends with it, and nothing else', () => {
  const [gmc, gdc, gmp, consultant, nmc] = held(
    ['gmc', '0000000'],
    ['gdc', '1234'],
    ['gmp', 'G0000000'],
    ['consultant', 'CD001234'],
    ['nmc', '00A0000A'],
  );
  expect(hangingOn(gmc!, [gdc!, gmp!, consultant!, nmc!])).toEqual([gmp]);
  expect(hangingOn(gdc!, [gmc!, gmp!, consultant!, nmc!])).toEqual([consultant]);
  expect(hangingOn(nmc!, [gmc!, gmp!])).toEqual([]);
});

test('systems are told of what was found in the register and has not run out, with all that it hangs on', () => {
  const [today, at] = ['2026-11-25', new Date('2026-11-01')];
  const dated = (body: Body, number: string, dates: object = {}) => ({ body, number, until: null, checkedAt: at, endedAt: null, ...dates });
  expect(standingOf(dated('gmc', '0000000'), today)).toBe('live');
  expect(standingOf(dated('gmc', '0000000', { until: today }), today)).toBe('live');
  expect(standingOf(dated('gmc', '0000000', { until: '2026-11-24' }), today)).toBe('lapsed');
  expect(standingOf(dated('gmc', '0000000', { checkedAt: null }), today)).toBe('unchecked');
  expect(standingOf(dated('gmc', '0000000', { endedAt: at }), today)).toBe('ended');

  const gmp = dated('gmp', 'G0000000');
  const told = (gmc: object) => toldOf([dated('gmc', '0000000', gmc), gmp], today).map(({ body }) => body);
  expect(told({})).toEqual(['gmc', 'gmp']);
  for (const not of [{ until: '2026-11-24' }, { checkedAt: null }, { endedAt: at }]) expect(told(not)).toEqual([]);
});

test('days have to be those of a registration that is good now', () => {
  const today = '2026-11-25';
  const refused = (since: string, until: string | null) => {
    try {
      refuseDays({ since, until }, today);
      return null;
    } catch (error) {
      return Object.keys((error as { details: object }).details)[0];
    }
  };
  expect([refused(today, null), refused('2020-01-01', today)]).toEqual([null, null]);
  expect([refused('2026-11-26', null), refused('2020-01-01', '2026-11-24'), refused(today, '2019-01-01')]).toEqual([
    'since',
    'until',
    'until',
  ]);
});

test('nobody vouches for themselves, and a reason is one of the list', () => {
  expect(() => refuseOwnMembership('a', 'b')).not.toThrow();
  expect(() => refuseOwnMembership('a', 'a')).toThrow(/cannot change your own/);
  expect(membershipEndReason.safeParse('because').success).toBe(false);
});
