import { randomUUID } from 'node:crypto';
import { AuditRow } from '../../db/audit.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { recordSignInReported } from '../../db/sign-in/sign-in-report.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let own: string;
beforeAll(async () => {
  service = await startSignIn();
  own = `${service.urls.authentication}/authenticators`;
  await service.processes.authentication();
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

async function aSignedIn() {
  const person = await aPerson(service.orm, { organisation: elm.code });
  const browser = anHttpBrowser();
  const card = await service.aCard(person);
  const page = await useCard(service, browser, { card, page: await browser.get(own) });
  expect((await acceptTerms(browser, page)).title).toBe('Your authenticators');
  const [signIn] = await service.orm.em.fork().find(SignInRow, { person });
  return { person, browser, card, signIn: signIn!.id };
}
const anAgent = async () => {
  const agent = await aPerson(service.orm, { organisation: elm.code });
  await aRoleProfile(service.orm, { person: agent, organisation: elm.code, jobRole: 'R5090' });
  return agent;
};
const cause = (person: string) => ({
  id: `test/${randomUUID()}`,
  at: new Date(),
  who: person,
  via: 'authentication' as const,
  caseId: null,
});
const letters = async (to: string) => (await service.orm.em.fork().find(MailRow, { toId: to })).map(({ template }) => template);

test('a person sees their sign-ins, says which was not them, and is out everywhere; the card waits for an unlocker', async () => {
  const { person, browser, card, signIn } = await aSignedIn();
  const agent = await anAgent();
  const history = await browser.get(`${own}/history`);
  expect(history.title).toBe('When you signed in');
  expect(history.text).toContain('1 sign-in');
  expect(history.text).toContain('your authenticators');
  expect(history.text).toContain(card.serial);

  const page = `${own}/history/${signIn}/not-me`;
  expect((await browser.get(page)).title).toBe('Was this not you?');
  expect((await browser.post(page, {})).title).toBe('You are signed out everywhere');
  expect((await browser.get(own)).title).toMatch(/^Sign in to/);

  const em = service.orm.em.fork();
  expect(await em.findOneOrFail(SignInRow, { id: signIn })).toMatchObject({ endReason: 'not-me', endedAt: expect.any(Date) });
  expect(await em.findOneOrFail(SmartcardRow, { id: card.id })).toMatchObject({ state: 'locked' });
  expect(await em.count(AuditRow, { subjectId: person, what: 'sign-in.report' })).toBe(1);
  expect(await letters(person)).toContain('sign-in-reported');
  expect(await letters(agent)).toEqual(['sign-in-reported-ra']);

  const again = anHttpBrowser();
  const refused = await useCard(service, again, { card, page: await again.get(own) });
  expect(refused.text).toContain('This smartcard is locked');
});

test('an authenticator is suspended: its other sessions end too, and it signs nobody in', async () => {
  const { person, signIn } = await aSignedIn();
  const id = randomUUID();
  const em = service.orm.em.fork();
  const key = { kind: 'security-key' as const, name: 'Blue key', credentialId: id, publicKey: Buffer.from('x'), counter: 0 };
  await em.insert(AuthenticatorRow, { id, person, ...key, transports: [], aaguid: randomUUID(), backedUp: false, createdAt: new Date() });
  const strange = randomUUID();
  const detail = { signIn: strange, client: 'willow', method: 'security-key', level: '2', authenticator: id };
  const about = { subjectKind: 'person', subjectId: person, organisation: elm.code, detail };
  await em.insert(AuditRow, { ...cause(person), what: 'sign-in.succeed', ...about });

  const report = () => service.orm.em.fork().transactional((tx) => recordSignInReported(tx, cause(person), person, strange));
  await Promise.all([report(), report()]);
  const now = service.orm.em.fork();
  expect((await now.findOneOrFail(AuthenticatorRow, { id })).suspendedAt).toBeInstanceOf(Date);
  expect((await now.findOneOrFail(SignInRow, { id: signIn })).endedAt).toBeInstanceOf(Date);
  expect(await now.count(AuditRow, { subjectId: person, what: 'sign-in.report' })).toBe(1);
  expect(await now.count(AuditRow, { subjectId: person, what: 'authenticator.suspend' })).toBe(1);
});

test('another person’s sign-in, one of long ago and what is no id look missing', async () => {
  const { browser, person } = await aSignedIn();
  const other = await aSignedIn();
  const old = randomUUID();
  const at = new Date(Date.now() - 31 * 86_400_000);
  const about = { subjectKind: 'person', subjectId: person, organisation: elm.code, detail: { signIn: old, method: 'passkey' } };
  await service.orm.em.fork().insert(AuditRow, { ...cause(person), at, what: 'sign-in.succeed', ...about });
  for (const id of [other.signIn, old, randomUUID(), 'x']) expect((await browser.post(`${own}/history/${id}/not-me`, {})).status).toBe(404);
  expect((await other.browser.get(own)).title).toBe('Your authenticators');
});
