import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { PersonRow } from '../../db/person/person.ts';
import { RenewalRow } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { sendStatement, sign, signInWithCard, type SignInService, startSignIn, toSignInPage, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn();
  await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const lastOf = async (person: string) => {
  const [row] = await service.orm.em.fork().find(AuditRow, { subjectId: person, what: /^sign-in\./ }, { orderBy: { at: -1 }, limit: 1 });
  return row;
};
const aHolder = async (given: Partial<PersonRow> = {}) => {
  const person = await aPerson(service.orm, { named: 'Ben Adeyemi', organisation: elm.code, ...given });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000', activities: ['B0370'] });
  return person;
};

test('a card signs its holder in at another system, which is told who they are, their role and how sure we are', async () => {
  const person = await aHolder();
  const page = await signInWithCard(service, anHttpBrowser(), await service.aCard(person));
  expect(page.title).toBe('You are signed in');
  for (const text of ['Ben Adeyemi', 'AAL2_OR_AAL3_ANY', 'sc, pin, mfa']) expect(page.text).toContain(text);
  const told = JSON.parse(/<pre[^>]*>([\s\S]*?)<\/pre>/.exec(page.text)![1]!.replaceAll('&quot;', '"').replaceAll('&#39;', "'"));
  const { careId } = await service.orm.em.fork().findOneOrFail(PersonRow, { id: person });
  expect(told.id_token).toMatchObject({
    sub: careId,
    id_assurance_level: '3',
    authentication_assurance_level: '3',
    sid: expect.any(String),
  });
  expect(told.userinfo.nhsid_nrbac_roles).toEqual([
    expect.objectContaining({
      org_code: elm.code,
      role_code: 'R8000',
      activity_codes: ['B0370'],
      person_roleid: told.id_token.selected_roleid,
    }),
  ]);
  expect(await lastOf(person)).toMatchObject({ what: 'sign-in.choose-role', who: person, via: 'authentication' });
});

/** What may be wrong with what a card says, each alone. */
test.each([
  ['another purpose', { purpose: 'confirm' as const }],
  ['the signing key', { use: 'signing' as const }],
  ['the page of another site', { origin: 'https://evil.example' }],
  ['another service', { aud: 'https://evil.example/issuer' }],
  ['a challenge that we did not make', { nonce: 'A'.repeat(43) }],
  ['a case', { case: '00000000-0000-4000-8000-000000000000' }],
  ['another card', { card: '8000000000009999' }],
])('a statement for %s is refused', async (_what, changed) => {
  const browser = anHttpBrowser();
  const card = await service.aCard(await aHolder());
  const answer = await useCard(service, browser, { card, page: await toSignInPage(service, browser), changed });
  expect(answer.status).toBe(400);
  expect(answer.text).toMatch(/could not be checked|not a smartcard of this service/);
  expect(browser.cookies().map(({ name }) => name)).not.toContain('care_session');
});

test('a statement of ten minutes ago, or of a clock ahead, says that the clock is wrong', async () => {
  const card = await service.aCard(await aHolder());
  for (const shift of [-600, 600]) {
    const browser = anHttpBrowser();
    const changed = { iat: Math.floor(Date.now() / 1000) + shift };
    const { text } = await useCard(service, browser, { card, page: await toSignInPage(service, browser), changed });
    expect(text).toContain('The clock of this computer is wrong');
  }
});

test('what a card signed once is not taken twice, by the same browser or another', async () => {
  const browser = anHttpBrowser();
  const card = await service.aCard(await aHolder());
  const page = await toSignInPage(service, browser);
  const { body } = await browser.json(`${page.url}/card/challenge`);
  const statement = await sign(service, card, { nonce: body['nonce']! });

  const other = anHttpBrowser();
  const stolen = await sendStatement(other, await toSignInPage(service, other), statement);
  expect(stolen.text).toContain('took too long, or was done already');
  expect((await sendStatement(browser, page, `${statement.slice(0, -4)}AAAA`)).text).toContain('could not be checked');
  expect((await sendStatement(browser, page, statement)).text).toContain('took too long, or was done already');
});

test.each([
  ['issuing', 'not finished'],
  ['cancelled', 'was cancelled'],
  ['lost', 'reported lost or stolen'],
  ['stolen', 'reported lost or stolen'],
  ['replaced', 'replaced by a newer one'],
] as const)('a card that is %s says so, and to whom to go', async (state, words) => {
  await service.orm.em.fork().nativeUpdate(OrganisationRow, { code: elm.trust }, { raContact: 'Room 12, Elm House' });
  const person = await aHolder();
  const page = await signInWithCard(service, anHttpBrowser(), await service.aCard(person, { state }));
  expect(page.status).toBe(400);
  expect(page.text).toContain(words);
  expect(page.text).toContain('Room 12, Elm House');
  expect(await lastOf(person)).toMatchObject({
    what: 'sign-in.fail',
    detail: { method: 'smartcard', reason: expect.stringMatching(/^CARD_/) },
  });
});

test('a card past its end no longer signs in; a revoked certificate does not either', async () => {
  const expired = await service.aCard(await aHolder(), { at: new Date(Date.now() - 60_000), lifetimeDays: 1 / 86_400 });
  expect((await signInWithCard(service, anHttpBrowser(), expired)).text).toContain('has expired');
  const revoked = await service.aCard(await aHolder(), { certificates: 'revoked' });
  expect((await signInWithCard(service, anHttpBrowser(), revoked)).text).toContain('still shows its old certificate');
});

test('a certificate of ours that is in no table, or under another policy, is not of this service', async () => {
  const unknown = await service.aCard(await aHolder());
  await service.orm.em.fork().nativeDelete(CertificateRow, { serial: unknown.certificate });
  expect((await signInWithCard(service, anHttpBrowser(), unknown)).text).toContain('not a smartcard of this service');
  const other = await service.aCard(await aHolder(), { policy: '1.3.6.1.4.1.32473.1.2' });
  expect((await signInWithCard(service, anHttpBrowser(), other)).text).toContain('not a smartcard of this service');
});

test('a person who is suspended or closed is told so only after the card has proved itself', async () => {
  for (const [state, words] of [
    ['suspended', 'is suspended'],
    ['closed', 'is closed'],
  ] as const) {
    const card = await service.aCard(await aHolder({ state }));
    const browser = anHttpBrowser();
    const page = await toSignInPage(service, browser);
    const unproved = await useCard(service, browser, { card, page, changed: { origin: 'https://evil.example' } });
    expect(unproved.text).not.toContain(words);
    expect((await useCard(service, browser, { card, page })).text).toContain(words);
  }
});

test('the first sign-in with renewed keys finishes the renewal, if the page that should have did not', async () => {
  const person = await aHolder();
  const card = await service.aCard(person, { certificates: 'issued' });
  const em = service.orm.em.fork();
  const { notAfter } = await em.findOneOrFail(CertificateRow, { serial: card.certificate });
  const at = new Date();
  await em.insert(RenewalRow, {
    id: card.id, // the case that signed the new pair
    organisation: elm.code,
    person,
    smartcard: card.id,
    serial: card.serial,
    certificate: card.certificate,
    notAfter,
    stage: 'written',
    version: 1,
    changedBy: person,
    changedAt: at,
    openedAt: at,
    nextReminderAt: notAfter,
  });
  expect((await signInWithCard(service, anHttpBrowser(), card)).title).toBe('You are signed in');
  const rows = await service.orm.em.fork().find(CertificateRow, { smartcard: card.id });
  expect(rows.map(({ state }) => state)).toEqual(['confirmed', 'confirmed']);
});

test('a card that is cancelled ends the sessions that began with it: the system must ask again', async () => {
  const browser = anHttpBrowser();
  const card = await service.aCard(await aHolder());
  await signInWithCard(service, browser, card);
  expect((await toSignInPage(service, browser)).title).toBe('You are signed in');
  await service.orm.em.fork().nativeUpdate(SmartcardRow, { id: card.id }, { state: 'cancelled' });
  expect((await toSignInPage(service, browser)).title).toBe('Sign in to Willow clinical system');
});
