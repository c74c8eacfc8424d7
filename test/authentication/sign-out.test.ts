import { randomUUID } from 'node:crypto';
import { AuditRow } from '../../db/audit.ts';
import { OrganisationRow } from '../../db/organisation.ts';
import { PersonRow } from '../../db/person.ts';
import { SignInRow } from '../../db/sign-in.ts';
import { createAuthenticationService } from '../../adapters/authentication-service.ts';
import { anOrganisation, aPerson, aRoleProfile, endPositionsOf, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { internalToken, signInWithCard, type SignInService, startSignIn, toSignInPage } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn();
  await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

async function aSignedIn(): Promise<{ person: string; card: string; browser: HttpBrowser }> {
  const person = await aPerson(service.orm, { organisation: elm.code });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  const browser = anHttpBrowser();
  const card = await service.aCard(person);
  expect((await signInWithCard(service, browser, card)).title).toBe('You are signed in');
  return { person, card: card.id, browser };
}
/** What the system itself still thinks. */
const atSystem = (browser: HttpBrowser): Promise<Seen> => browser.get(service.urls.relyingParty);
const auditOf = (person: string, what: string) => service.orm.em.fork().find(AuditRow, { subjectId: person, what });
const causeOf = () => ({ id: `test/${randomUUID()}`, at: new Date(), who: 'system', caseId: null });
const internal = () => createAuthenticationService({ url: service.urls.authentication, token: internalToken });

test('signing out ends it everywhere: the system is told, and nobody is let in again without a card', async () => {
  const { person, browser } = await aSignedIn();
  const asked = await browser.get(`${service.urls.relyingParty}/sign-out`);
  expect(asked.title).toBe('Do you want to sign out?');
  const action = /action="([^"]+)"/.exec(asked.text)![1]!;
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)![1]!;
  expect((await browser.post(action, { xsrf, logout: 'yes' })).title).toBe('Willow clinical system');
  expect((await toSignInPage(service, browser)).title).toBe('Sign in to Willow clinical system');
  expect(await auditOf(person, 'sign-in.end')).toMatchObject([{ who: person, detail: { reason: 'signed-out' } }]);
});

test('ending the sessions of a person tells each system once, and says how it took it; asked again nothing more ends', async () => {
  const { person, browser } = await aSignedIn();
  const cause = causeOf();
  expect(await internal().endSessions(cause, { person }, 'person-closed')).toEqual([{ client: 'demo-clinical-system', answer: 'told' }]);
  expect((await atSystem(browser)).title).toBe('Willow clinical system');
  expect((await toSignInPage(service, browser)).title).toBe('Sign in to Willow clinical system');
  await internal().endSessions(cause, { person }, 'person-closed');
  expect(await auditOf(person, 'sign-in.end')).toHaveLength(1);
});

test('ending the sessions of a card leaves those of other cards', async () => {
  const [one, other] = [await aSignedIn(), await aSignedIn()];
  await internal().endSessions(causeOf(), { smartcard: one.card }, 'smartcard.cancelled');
  expect((await atSystem(one.browser)).title).toBe('Willow clinical system');
  expect((await atSystem(other.browser)).title).toBe('You are signed in');
});

test('the internal API answers nobody without its token, and nothing that it does not know', async () => {
  const post = (body: unknown, token = internalToken) =>
    fetch(`${service.urls.authentication}/internal/endings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  const good = { cause: { ...causeOf(), at: new Date().toISOString() }, reason: 'test', which: { person: randomUUID() } };
  expect((await post(good, 'x'.repeat(internalToken.length))).status).toBe(401);
  expect((await post({ ...good, which: {} })).status).toBe(400);
  expect((await post({ ...good, more: 1 })).status).toBe(400);
  expect((await post(good)).status).toBe(200);
});

test.each([
  ['the person is closed', (person: string) => service.orm.em.fork().nativeUpdate(PersonRow, { id: person }, { state: 'closed' })],
  ['the person’s generation goes up', (person: string) => service.orm.em.fork().nativeUpdate(PersonRow, { id: person }, { generation: 2 })],
  ['the chosen role profile ends', (person: string) => endPositionsOf(service.orm, person)],
  [
    'nothing was done for the organisation’s idle minutes',
    (person: string) => service.orm.em.fork().nativeUpdate(SignInRow, { person }, { seenAt: new Date(Date.now() - 16 * 60_000) }),
  ],
  [
    'the organisation’s longest shift is over',
    (person: string) =>
      service.orm.em.fork().nativeUpdate(SignInRow, { person }, { startedAt: new Date(Date.now() - 13 * 60 * 60_000 - 1000) }),
  ],
])('a sign-in is over when %s', async (_when, happen) => {
  const { person, browser } = await aSignedIn();
  await happen(person);
  expect((await toSignInPage(service, browser)).title).toBe('Sign in to Willow clinical system');
});

test('an organisation may set shorter and longer limits', async () => {
  const { person, browser } = await aSignedIn();
  await service.orm.em.fork().nativeUpdate(OrganisationRow, { code: elm.code }, { idleMinutes: 60 });
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { seenAt: new Date(Date.now() - 50 * 60_000) });
  expect((await toSignInPage(service, browser)).title).toBe('You are signed in');
});
