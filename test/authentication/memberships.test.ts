/** What systems are told of registers, of names and of organisations: exactly what their scopes give. With suppliers' own library. */
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { claimsByScope } from '../../authentication/provider/claims.ts';
import { PreparingClient } from '../../db/prepared.ts';
import { claimsOf } from '../../db/sign-in/claims.ts';
import { PersonRow } from '../../db/person/person.ts';
import { ProfessionalMembershipRow, recordMembershipEnded } from '../../db/person/professional-membership.ts';
import { liveSignIn } from '../../db/sign-in/sign-in.ts';
import { professionalClaims } from '../../domain/professional-membership.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { aGmcNumber, aMembership, anNmcPin } from '../support/professional-membership.ts';
import { aRelyingSystem, type RelyingSystem } from '../support/relying-system.ts';
import { type SignInService, startSignIn, type TestCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let system: RelyingSystem;
beforeAll(async () => {
  service = await startSignIn();
  await service.processes.authentication();
  elm = await anOrganisation(service.orm);
  system = await aRelyingSystem(service, elm.code);
}, 60_000);
afterAll(() => service.stop());

const em = () => service.orm.em.fork();
async function aHolder(given: Partial<PersonRow> & { named?: string } = {}) {
  const person = await aPerson(service.orm, {
    named: 'Ada Augusta Lovelace',
    title: 'Dr',
    organisation: elm.code,
    termsVersion: 1,
    ...given,
  });
  const role = await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  return { person, role, card: await service.aCard(person) };
}
const record = (person: string, body: 'gmc' | 'nmc' | 'gmp', number: string, checked = true) =>
  aMembership(service.orm, { person, by: elm.agent, organisation: elm.code, body, number, checked });
const told = async (card: TestCard, scope: string, by = system) => by.userInfo((await by.tokens(card, { scope })).access_token, card);
const registersIn = (info: object) => Object.fromEntries(Object.entries(info).filter(([claim]) => professionalClaims.includes(claim)));

test('a system that asks is told each number by its own claim, and of a number nobody checked, nothing', async () => {
  const { person, card } = await aHolder();
  const number = aGmcNumber();
  await record(person, 'gmc', number);
  await record(person, 'nmc', anNmcPin(), false);
  const info = await told(card, 'openid professionalmemberships');
  expect(registersIn(info)).toEqual({ gmc_id: number });
  expect(Object.keys(info).sort()).toEqual(['authentication_assurance_level', 'gmc_id', 'id_assurance_level', 'sub']);
});

test('one that ended, ran out, or hangs on another that did, is not told at the very next request', async () => {
  const { person, card } = await aHolder();
  const [number, pin] = [aGmcNumber(), anNmcPin()];
  const gmc = await record(person, 'gmc', number);
  await record(person, 'gmp', `G${number}`);
  const nmc = await record(person, 'nmc', pin);
  const { access_token: token } = await system.tokens(card, { scope: 'openid professionalmemberships' });
  const now = async () => registersIn(await system.userInfo(token, card));
  expect(await now()).toEqual({ gmc_id: number, gmp_id: `G${number}`, nmc_id: pin });
  await em().nativeUpdate(ProfessionalMembershipRow, { id: gmc }, { until: inDays(-1) });
  expect(await now()).toEqual({ nmc_id: pin });
  const cause = { id: `test/${randomUUID()}`, at: new Date(), who: elm.agent, via: 'web' as const, caseId: null };
  await em().transactional((tx) => recordMembershipEnded(tx, cause, elm.code, { id: nmc, person, reason: 'not-registered' }));
  expect(await now()).toEqual({});
  await em().nativeUpdate(ProfessionalMembershipRow, { id: gmc }, { until: inDays(1) });
  expect(await now()).toEqual({ gmc_id: number, gmp_id: `G${number}` });
});

test('a system that was not approved for registers is not told, whatever it asks for', async () => {
  const { person, card } = await aHolder();
  await record(person, 'gmc', aGmcNumber());
  const scope = 'openid profile email nhsperson nationalrbacaccess associatedorgs organisationalmemberships selectedrole';
  const narrow = await aRelyingSystem(service, elm.code, { scope });
  const sent = await narrow.signIn(card, { scope: `${scope} professionalmemberships` });
  expect(new URL(sent.url).searchParams.get('error')).toBe('invalid_scope');
  expect(registersIn(await told(card, scope, narrow))).toEqual({});
  expect(registersIn(await told(card, scope))).toEqual({}); // approved, and does not ask
});

test('a scope gives its own claims and no others', async () => {
  const { person, card } = await aHolder();
  await record(person, 'gmc', aGmcNumber());
  const always = ['sub', 'id_assurance_level', 'authentication_assurance_level'];
  for (const scope of Object.keys(claimsByScope).filter((each) => each !== 'openid')) {
    const info = await told(card, `openid ${scope}`);
    const given = Object.keys(info).filter((claim) => !always.includes(claim));
    expect([scope, claimsByScope[scope as keyof typeof claimsByScope]]).toEqual([scope, expect.arrayContaining(given)]);
    expect([scope, given.length > 0]).toEqual([scope, true]);
  }
  expect(Object.keys(await told(card, 'openid profile')).sort()).toEqual([...always, 'name', 'family_name', 'given_name', 'uid'].sort());
});

test('names: the first by itself, the others and all initials for those who ask for the person; of one name only, no given ones', async () => {
  const { card } = await aHolder();
  expect(await told(card, 'openid nhsperson')).toMatchObject({
    name: 'Ada Augusta Lovelace',
    given_name: 'Ada',
    middle_names: 'Augusta',
    initials: 'AA',
    family_name: 'Lovelace',
    display_name: 'Dr Ada Augusta Lovelace',
  });
  const suharto = await told((await aHolder({ named: 'Suharto', title: null })).card, 'openid profile nhsperson');
  expect(suharto).toMatchObject({ name: 'Suharto', family_name: 'Suharto' });
  for (const claim of ['given_name', 'middle_names', 'initials', 'title']) expect(suharto).not.toHaveProperty(claim);
  expect(await told((await aHolder({ named: 'Rosa Marsh' })).card, 'openid nhsperson')).not.toHaveProperty('middle_names');
});

test('organisations: each once, in the shape of the national service, and none of another than the system is registered for', async () => {
  const { person, role, card } = await aHolder();
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8001' });
  const elsewhere = await aRoleProfile(service.orm, { person, organisation: elm.trust, jobRole: 'R8001' });
  const here = { person_orgid: role, org_name: 'Elm Surgery', org_code: elm.code };
  const there = { person_orgid: elsewhere, org_name: 'Elm Trust', org_code: elm.trust };
  const info = await told(card, 'openid organisationalmemberships');
  expect([info['nhsid_org_roles'], info['nhsid_org_memberships']]).toEqual([
    [here, there],
    [here, there],
  ]);
  const scope = 'openid organisationalmemberships professionalmemberships';
  const one = await told(card, scope, await aRelyingSystem(service, elm.code, { organisations: [elm.trust], scope }));
  expect([one['nhsid_org_roles'], one['nhsid_org_memberships']]).toEqual([[there], [there]]);
});

test('the table of memberships is asked once for those who ask, and by no sign-in of others', async () => {
  const { person, card } = await aHolder();
  await record(person, 'gmc', aGmcNumber());
  await system.tokens(card);
  const [{ id } = { id: '' }] = await em().execute<Array<{ id: string }>>(`select id from sign_in where person = :person`, { person });
  const signIn = (await liveSignIn(em(), { id }))!;
  const asked = async (scope: string) => {
    const spy = jest.spyOn(PreparingClient.prototype, 'query');
    try {
      await claimsOf(em(), signIn, { scope });
      return spy.mock.calls.map(([query]) => JSON.stringify(query));
    } finally {
      spy.mockRestore();
    }
  };
  const usual = 'openid profile email nhsperson nationalrbacaccess associatedorgs organisationalmemberships selectedrole';
  const [without, with_] = [await asked(usual), await asked(`${usual} professionalmemberships`)];
  expect(without.length).toBeGreaterThan(0);
  expect(with_).toHaveLength(without.length + 1);
  const ofMemberships = (queries: string[]) => queries.filter((query) => query.includes('professional_membership'));
  expect([ofMemberships(without).length, ofMemberships(with_).length]).toEqual([0, 1]);
  expect(await asked('openid')).toEqual([]);
});
