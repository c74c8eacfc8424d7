import { randomUUID } from 'node:crypto';
import { AuditRow, type Cause } from '../../db/audit.ts';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { PersonRow } from '../../db/person/person.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { RoleProfileRow } from '../../db/position-request/role-profile.ts';
import { type Ending, recordSignInsEnded } from '../../db/sign-in/sign-in-ending.ts';
import { eventually } from '../support/eventually.ts';
import { anOrganisation, aPerson, aRoleProfile, endPositionsOf, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { internalToken, signInWithCard, type SignInService, startSignIn, type TestCard, toSignInPage } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let relyingParty: Awaited<ReturnType<SignInService['processes']['relyingParty']>>;
beforeAll(async () => {
  service = await startSignIn();
  [, relyingParty] = await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

async function aSignedIn(): Promise<{ person: string; card: string; held: TestCard; browser: HttpBrowser }> {
  const person = await aPerson(service.orm, { organisation: elm.code });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  const browser = anHttpBrowser();
  const card = await service.aCard(person);
  expect((await signInWithCard(service, browser, card)).title).toBe('You are signed in');
  return { person, card: card.id, held: card, browser };
}
/** What the system itself still thinks. */
const atSystem = (browser: HttpBrowser): Promise<Seen> => browser.get(service.urls.relyingParty);
const auditOf = (person: string, what: string) => service.orm.em.fork().find(AuditRow, { subjectId: person, what });
const causeOf = (who = 'system'): Cause => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'workflow', caseId: null });
const end = (which: Ending, reason = 'test', cause = causeOf()) =>
  service.orm.em.fork().transactional((em) => recordSignInsEnded(em, cause, which, reason));
const answerOf = async (person: string, client = 'demo-clinical-system') => {
  const [row] = await service.orm.em.fork().execute<Array<{ answer: string | null; tries: number; tellAt: string | null }>>(
    `select c.answer, c.tries, c.tell_at as "tellAt" from sign_in_client c join sign_in s on s.id = c.sign_in
     where s.person = :person and c.client = :client order by s.started_at desc limit 1`,
    { person, client },
  );
  return row;
};
const isTold = (person: string) => eventually(async () => expect((await answerOf(person))?.answer).toBe('told'), 5000);

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

test('signing out tells the system once, and leaves nothing to tell', async () => {
  const { person, browser } = await aSignedIn();
  const asked = await browser.get(`${service.urls.relyingParty}/sign-out`);
  const [action, xsrf] = [/action="([^"]+)"/, /name="xsrf" value="([^"]+)"/].map((each) => each.exec(asked.text)![1]!);
  await browser.post(action!, { xsrf: xsrf!, logout: 'yes' });
  expect(await answerOf(person)).toEqual({ answer: 'told', tries: 1, tellAt: null });
});

test('ending the sign-ins of a person tells each system within seconds; asked again nothing more ends', async () => {
  const { person, browser } = await aSignedIn();
  expect(await end({ person }, 'person-closed')).toBe(1);
  await isTold(person);
  expect((await atSystem(browser)).title).toBe('Willow clinical system');
  expect((await toSignInPage(service, browser)).title).toBe('Sign in to Willow clinical system');
  expect(await end({ person }, 'person-closed')).toBe(0);
  expect(await auditOf(person, 'sign-in.end')).toHaveLength(1);
});

test('ending the sign-ins of a card leaves those of other cards', async () => {
  const [one, other] = [await aSignedIn(), await aSignedIn()];
  await end({ smartcard: one.card });
  await isTold(one.person);
  expect((await atSystem(one.browser)).title).toBe('Willow clinical system');
  expect((await atSystem(other.browser)).title).toBe('You are signed in');
});

test('a position that comes to its end ends what was signed in to before it, everywhere; who signs in after it stays', async () => {
  const { person, held, browser } = await aSignedIn();
  await service.orm.em.fork().nativeUpdate(RoleProfileRow, { person }, { endsAt: new Date(Date.now() - 50) });
  await isTold(person);
  expect((await atSystem(browser)).title).toBe('Willow clinical system');
  expect(await auditOf(person, 'role-profile.end')).toMatchObject([{ who: 'system', organisation: elm.code }]);

  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  const again = anHttpBrowser();
  expect((await signInWithCard(service, again, held)).title).toBe('You are signed in');
  await service.orm.em.fork().nativeUpdate(RoleProfileRow, { person, endRecordedAt: { $ne: null } }, { endRecordedAt: null });
  await eventually(async () => expect(await auditOf(person, 'role-profile.end')).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await atSystem(again)).title).toBe('You are signed in');
});

test('a system that is away is told when it is back, and the audit keeps the failure and the last word', async () => {
  const { person } = await aSignedIn();
  await relyingParty.stop();
  await end({ person });
  await eventually(async () => expect((await answerOf(person))?.answer).toBe('failed'), 5000);
  expect((await answerOf(person))?.tellAt).toEqual(expect.any(String));
  relyingParty = await service.processes.relyingParty();
  await eventually(async () => expect((await answerOf(person))?.answer).toBe('told'), 30_000);
  const told = await service.orm.em.fork().find(AuditRow, { what: 'sign-in.tell-end' }, { orderBy: { at: 1 } });
  const [{ id: signIn }] = (await service.orm.em.fork().find(SignInRow, { person })) as [SignInRow];
  expect(told.filter(({ detail }) => detail['signIn'] === signIn).map(({ detail }) => detail['answer'])).toEqual(['failed', 'told']);
}, 60_000);

test('the internal API answers nobody without its token, and nothing that it does not know', async () => {
  const post = (body: unknown, token = internalToken) =>
    fetch(`${service.urls.authentication}/internal/enrolment-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  const person = await aPerson(service.orm, { organisation: elm.code });
  const cause = { id: `test/${randomUUID()}`, at: new Date().toISOString(), who: 'system', caseId: null };
  const good = { cause, person, kind: 'registration', goodForMinutes: 15 };
  expect((await post(good, 'x'.repeat(internalToken.length))).status).toBe(401);
  expect((await post({ ...good, kind: 'any' })).status).toBe(400);
  expect((await post({ ...good, more: 1 })).status).toBe(400);
  const made = await post(good);
  expect(made.status).toBe(200);
  expect(await (await post(good)).json()).toEqual(await made.json());
});

test.each([
  ['the person is closed', (person: string) => service.orm.em.fork().nativeUpdate(PersonRow, { id: person }, { state: 'closed' })],
  ['the person’s generation goes up', (person: string) => service.orm.em.fork().nativeUpdate(PersonRow, { id: person }, { generation: 2 })],
  ['the card’s generation goes up', (person: string) => service.orm.em.fork().nativeUpdate(SmartcardRow, { person }, { generation: 2 })],
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
