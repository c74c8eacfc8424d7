/** Test people signed in as for real: whatever the sandbox says that a system is told, a system with a library of its own is told. */
import * as openid from 'openid-client';
import { createAuthenticationService } from '../../adapters/authentication-service.ts';
import { cardAuthorityFrom } from '../../adapters/card-keys.ts';
import { actOnTestPerson, endTestRole } from '../../commands/sandbox-acts.ts';
import { allScopes } from '../../commands/sandbox.ts';
import type { TestMethod } from '../../domain/sandbox.ts';
import { aConnectionManager } from '../support/connection.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { sandboxIn, startSandbox } from '../support/sandbox.ts';
import { aTestPerson, shownOf } from '../support/test-person.ts';
import { internalToken, type SignInService, startSignIn, useCard } from '../support/sign-in.ts';
import { aSystem, systemCallback, type TestSystem } from '../support/systems.ts';

let signIn: SignInService;
let service: Awaited<ReturnType<typeof startSandbox>>;
let elm: Organisation;
let noah: string;
let system: TestSystem;
beforeAll(async () => {
  signIn = await startSignIn();
  await signIn.processes.authentication();
  const { environment, urls, folder } = signIn;
  service = await startSandbox({
    authenticationService: createAuthenticationService({ url: urls.authentication, token: internalToken }),
    authority: await cardAuthorityFrom({
      ENVIRONMENT: 'dev',
      CA_ISSUING_FILE: environment['CA_ISSUING_FILE']!,
      CA_ISSUING_KEY_FILE: environment['CA_ISSUING_KEY_FILE']!,
      CA_KEY: Buffer.from(environment['CA_KEY']!, 'base64'),
      CERTIFICATE_POLICY: environment['CERTIFICATE_POLICY']!,
      CERTIFICATE_LIFETIME_DAYS: 730,
      AUTHENTICATION_URL: urls.authentication,
    }),
    sandbox: sandboxIn(`${folder}/drawer`),
  });
  elm = await anOrganisation(service.orm);
  noah = await aConnectionManager(service.orm, elm.code);
  system = await aSystem(() => service.orm.em.fork(), elm.code, 'live', { scope: allScopes, minimum_level: 1 });
}, 90_000);
afterAll(async () => {
  system.close();
  await service.stop();
  await signIn.stop();
});

type Shown = Awaited<ReturnType<typeof shownOf>>;

async function signInAs(shown: Shown, browser: HttpBrowser, page: Seen): Promise<Seen> {
  const { passcode, password, app } = shown.secrets;
  if (passcode) return useCard(signIn, browser, { card: { serial: shown.cards[0]!.serial, passcode }, page });
  return browser.post(`${page.url}/password`, { careId: shown.careId, password: password!, code: app!.code });
}

/** Goes through a sign-in at a real client. @param role the one to choose, where there is a choice */
async function letIn(shown: Shown, role?: string) {
  const options = { execute: [openid.allowInsecureRequests] };
  const configuration = await openid.discovery(new URL(signIn.issuer), system.id, {}, openid.ClientSecretPost(system.secret), options);
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: systemCallback,
    scope: allScopes,
    acr_values: 'AAL1_USERPASS',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const browser = anHttpBrowser({ stopAt: systemCallback });
  let seen = await signInAs(shown, browser, await browser.get(url.href));
  if (role) {
    expect(seen.title).toBe('Choose your role');
    expect(seen.text.includes('role="search"')).toBe(shown.roles.length > 5);
    seen = await browser.post(`${seen.url}/role`, { role });
  }
  const tokens = await openid.authorizationCodeGrant(configuration, new URL(seen.url), { pkceCodeVerifier });
  const userInfo = () => openid.fetchUserInfo(configuration, tokens.access_token, shown.careId);
  return { claims: tokens.claims()!, userInfo };
}

const methods: TestMethod[] = ['card', 'password', 'weak-password'];
const levels = [0, 1, 2, 3] as const;
const grid = methods.flatMap((method, row) => [0, 1, 3, 7].map((count, column) => ({ method, count, level: levels[(row + column) % 4]! })));

test.each(grid)('signed in by $method, identity $level, $count roles: the system is told just what the sandbox says', async (asked) => {
  const id = await aTestPerson(service, noah, elm.code, asked);
  const shown = await shownOf(service, noah, id);
  expect(shown).toMatchObject({
    isReady: true,
    identityAssuranceLevel: asked.level,
    level: { card: 3, password: 2, 'weak-password': 1, link: 3 }[asked.method],
  });
  expect(shown.roles).toHaveLength(asked.count);
  const role = asked.count > 1 ? shown.roles[asked.count - 2]!.id : undefined;
  const said = (await shownOf(service, noah, id, role)).claims;
  const { claims, userInfo } = await letIn(shown, role);
  expect(await userInfo()).toEqual(JSON.parse(JSON.stringify(said)));
  expect(claims).toMatchObject({
    sub: shown.careId,
    id_assurance_level: String(asked.level),
    authentication_assurance_level: String(shown.level),
    ...(asked.count > 0 && { selected_roleid: role ?? shown.roles[0]!.id }),
  });
  expect('selected_roleid' in claims).toBe(asked.count > 0);
  expect(claims['acr']).toBe('AAL1_USERPASS');
});

const by = () => ({ kind: 'person' as const, id: noah, via: 'web' as const, key: crypto.randomUUID() });
type Ending = readonly [string, (id: string, role: string) => Promise<unknown>];
const act = (what: Parameters<typeof actOnTestPerson.perform>[3]['act']): Ending => [
  what,
  (person) => actOnTestPerson.perform(service.deps, by(), { person }, { act: what }),
];
const endings: Ending[] = [
  act('end-sign-ins'),
  act('suspend'),
  act('close'),
  act('cancel-card'),
  act('remove'),
  ['end-role', (person, role) => endTestRole.perform(service.deps, by(), { person }, { role })],
];

test.each(endings)(
  '%s in the sandbox: the system is told by back-channel logout, and its token is good for nothing',
  async (_what, end) => {
    const id = await aTestPerson(service, noah, elm.code, { count: 1 });
    const shown = await shownOf(service, noah, id);
    const { claims, userInfo } = await letIn(shown);
    await expect(userInfo()).resolves.toMatchObject({ sub: shown.careId });
    await end(id, shown.roles[0]!.id);
    await eventually(async () => {
      expect(system.told.map(({ token }) => token['sid'])).toContain(claims['sid']);
      await expect(userInfo()).rejects.toThrow();
    }, 10_000);
  },
);

test('one who is suspended is not let in, by a card that is good', async () => {
  const id = await aTestPerson(service, noah, elm.code, { is_suspended: true });
  await expect(letIn(await shownOf(service, noah, id))).rejects.toThrow();
});

test('nobody but a test person is given a password by the workers', async () => {
  const real = await aPerson(service.orm, { organisation: elm.code });
  const cause = { id: `test/${real}`, at: new Date().toISOString(), who: noah, caseId: null };
  const ask = (token: string) =>
    fetch(`${signIn.urls.authentication}/internal/sandbox-passwords`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ cause, person: real, level: 2, password: 'a long password', secret: Buffer.alloc(20).toString('base64') }),
    });
  expect((await ask(internalToken)).status).toBe(404);
  expect((await ask('another')).status).toBe(401);
});
