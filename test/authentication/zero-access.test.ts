/** Time to zero access: from the moment somebody is closed nothing of theirs works, and fifty real systems are told of it. */
import { randomUUID } from 'node:crypto';
import * as openid from 'openid-client';
import type { Deps } from '../../commands/deps.ts';
import { closePerson, reopenPerson } from '../../commands/person.ts';
import { listAccessEnds } from '../../commands/sign-in.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, type TestCard, useCard } from '../support/sign-in.ts';
import { aSystem, systemCallback, type TestSystem } from '../support/systems.ts';

let service: SignInService;
let elm: Organisation;
let systems: TestSystem[] = [];
beforeAll(async () => {
  service = await startSignIn();
  await service.processes.authentication();
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));
afterEach(() => {
  for (const system of systems) system.close();
  systems = [];
});

const em = () => service.orm.em.fork();
const verifier = openid.randomPKCECodeVerifier();

/** A system with what it was given for the person. */
interface LetIn extends TestSystem {
  token: string;
  sid: string;
  userinfo: () => Promise<unknown>;
  ask: () => Promise<string>;
}

async function letIn(system: TestSystem, browser: HttpBrowser, card: TestCard): Promise<LetIn> {
  const options = { execute: [openid.allowInsecureRequests] };
  const configuration = await openid.discovery(new URL(service.issuer), system.id, {}, openid.ClientSecretPost(system.secret), options);
  const parameters = {
    redirect_uri: systemCallback,
    scope: 'openid profile',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const url = openid.buildAuthorizationUrl(configuration, parameters).href;
  const back = await throughSignIn(browser, card, await browser.get(url));
  const checks = { pkceCodeVerifier: verifier, expectedState: 'state-1', expectedNonce: 'nonce-1' };
  const tokens = await openid.authorizationCodeGrant(configuration, new URL(back.url), checks);
  const silent = openid.buildAuthorizationUrl(configuration, { ...parameters, prompt: 'none' }).href;
  return {
    ...system,
    token: tokens.access_token,
    sid: tokens.claims()!['sid'] as string,
    userinfo: () => openid.fetchUserInfo(configuration, tokens.access_token, card.careId),
    ask: async () => new URL((await browser.get(silent)).url).searchParams.get('error') ?? 'let in',
  };
}

async function throughSignIn(browser: HttpBrowser, card: TestCard, page: Seen): Promise<Seen> {
  if (page.url.startsWith(systemCallback)) return page;
  const asked = await useCard(service, browser, { card, page });
  return asked.title === 'Terms of use' ? acceptTerms(browser, asked) : asked;
}

async function aHolder() {
  const person = await aPerson(service.orm, { organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  return { person, card: await service.aCard(person) };
}
const manager = () => ({ kind: 'person' as const, id: elm.manager, via: 'web' as const, key: randomUUID() });
const deps = () => ({ orm: service.orm }) as unknown as Deps;
const close = (person: string) => closePerson.perform(deps(), manager(), { person }, { reason: 'security' });
const worksNot = async ({ userinfo }: LetIn): Promise<boolean> =>
  userinfo().then(
    () => false,
    () => true,
  );
const shown = async () => (await listAccessEnds.perform(deps(), manager(), {}, { organisation: elm.code })).ends;

test('fifty systems, two of them slow and one dead: nothing works at once, every live one is told, and the dead one keeps nobody waiting', async () => {
  const manners = Array.from({ length: 50 }, (_, n): TestSystem['manner'] => (n < 2 ? 'slow' : n === 2 ? 'dead' : 'live'));
  for (const manner of manners) systems.push(await aSystem(em, elm.code, manner));
  const { person, card } = await aHolder();
  const browser = anHttpBrowser({ stopAt: systemCallback });
  const all: LetIn[] = [];
  for (const system of systems) all.push(await letIn(system, browser, card));
  expect((await Promise.all(all.map(worksNot))).filter(Boolean)).toEqual([]);

  const closedAt = Date.now();
  expect(await close(person)).toMatchObject({ is: 'saved', answer: { ended: 1 } });
  const committed = Date.now();
  expect((await Promise.all(all.map(worksNot))).filter((works) => !works)).toEqual([]);
  expect(await all[5]!.ask()).toBe('login_required');
  const nothingWorks = Date.now();

  const live = all.filter(({ manner }) => manner === 'live');
  await eventually(async () => expect(all.filter(({ told }) => told.length === 0)).toEqual([]), 20_000);
  const told = Math.max(...all.map(({ told: [first] }) => first!.at));
  const seconds = (at: number) => ((at - closedAt) / 1000).toFixed(2);
  console.log(
    `closed in ${seconds(committed)} s; checked that nothing works by ${seconds(nothingWorks)} s; the last of 50 asked at ${seconds(told)} s`,
  );
  // Nobody waited for those that answer late: the last system was asked before a slow one had answered.
  const slowAnswer = Math.min(...all.filter(({ manner }) => manner === 'slow').map(({ told: [first] }) => first!.at)) + 3000;
  expect(Math.max(...live.map(({ told: [first] }) => first!.at))).toBeLessThan(slowAnswer);
  for (const {
    told: [first],
    sid,
  } of all) {
    expect(first!.token).toMatchObject({ iss: service.issuer, sub: card.careId, sid });
    expect(first!.token).not.toHaveProperty('nonce');
  }

  await eventually(async () => {
    const [end] = await shown();
    expect(end!.systems.filter(({ answer }) => answer === 'told')).toHaveLength(49);
  }, 20_000);
  const [end] = await shown();
  const dead = end!.systems.find(({ client }) => client === all[2]!.id)!;
  expect(end).toMatchObject({ person, reason: 'person.close', reasonWords: 'Their Care ID was closed', signIns: 1, slowest: null });
  expect(dead).toMatchObject({ seconds: null, answer: expect.stringMatching(/waiting|failed/) });
  const quick = end!.systems.filter(({ client }) => live.some(({ id }) => id === client)).map((system) => system.seconds!);
  const slow = end!.systems.filter(({ client }) => all.slice(0, 2).some(({ id }) => id === client)).map((system) => system.seconds!);
  console.log(`live systems answered in at most ${Math.max(...quick)} s, slow ones in ${slow.join(' and ')} s`);
  expect(Math.min(...slow)).toBeGreaterThanOrEqual(3);
  expect(Math.max(...quick)).toBeLessThan(Math.min(...slow));
  expect((await listAccessEnds.perform(deps(), manager(), {}, { waiting: 'yes', organisation: elm.code })).count).toBe(1);
}, 180_000);

test('somebody who is hired again in the middle keeps nothing old and loses nothing new', async () => {
  for (const manner of ['slow', 'live', 'live'] as const) systems.push(await aSystem(em, elm.code, manner));
  const { person, card } = await aHolder();
  const before = anHttpBrowser({ stopAt: systemCallback });
  const old: LetIn[] = [];
  for (const system of systems) old.push(await letIn(system, before, card));

  await close(person);
  await expect(letIn(systems[1]!, anHttpBrowser({ stopAt: systemCallback }), card)).rejects.toThrow();
  // The slow system has not answered yet.
  expect(await reopenPerson.perform(deps(), manager(), { person }, { reason: 'came-back' })).toMatchObject({ is: 'saved' });
  const again = anHttpBrowser({ stopAt: systemCallback });
  const renewed: LetIn[] = [];
  for (const system of systems) renewed.push(await letIn(system, again, card));
  await eventually(async () => {
    const [end] = (await shown()).filter(({ reason }) => reason === 'person.close');
    expect(end!.systems.map(({ answer }) => answer)).toEqual(['told', 'told', 'told']);
  }, 20_000);

  expect(await Promise.all(old.map(worksNot))).toEqual([true, true, true]);
  expect(await old[1]!.ask()).toBe('login_required');
  expect(await Promise.all(renewed.map(worksNot))).toEqual([false, false, false]);
  expect(await renewed[1]!.ask()).toBe('let in');
  for (const [n, system] of systems.entries()) {
    expect(system.told.map(({ token }) => token['sid'])).toEqual([old[n]!.sid]);
    expect(renewed[n]!.sid).not.toBe(old[n]!.sid);
  }
}, 120_000);
