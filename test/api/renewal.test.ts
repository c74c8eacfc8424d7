import { X509Certificate } from 'node:crypto';
import type { CardKey } from '../../agent/drivers/driver.ts';
import { certificateRequest, requestHash, signStatement } from '../../agent/signed.ts';
import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { recordPairUsed, RenewalRow } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { type CardDesk, cardDesk, passcode, until } from '../support/card-issue.ts';
import { issuer, origin } from '../support/cards.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { opened as openedOf } from '../support/renewal.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let desk: CardDesk;
let serial: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  desk = await cardDesk(service, elm);
  ({ serial } = await desk.whole());
});

const em = () => service.orm.em.fork();
const holder = () => ({ as: elm.beneficiary });
const stageOf = async (id: string) => (await em().findOneOrFail(RenewalRow, { id })).stage;
const certificates = async () => {
  const { id } = await em().findOneOrFail(SmartcardRow, { serial });
  const rows = await em().find(CertificateRow, { smartcard: id, kind: 'authentication' }, { orderBy: { notBefore: 1 } });
  return rows.map(({ state, reason }) => `${state} ${reason ?? ''}`.trim());
};

/** Asks for an order of the renewal, and carries it out. */
async function step(id: string, { as, ...changed }: { as: string; passcode?: string }, more: object = {}) {
  const { body } = await desk.post(`/renewals/${id}/orders`, { session: desk.desk.session, ...more }, { as }).expect(200);
  const ready = await desk.get(`/renewals/${id}/orders/${body.nonce}`, as).expect(200);
  return { nonce: body.nonce as string, result: await desk.desk.carryOut(ready.body, id, { passcode, ...changed }) };
}
/** That step, answered. */
const answer = async (id: string, options: { as: string }, more?: object) =>
  desk.post(`/renewals/${id}/answers`, await step(id, options, more), options).expect(200);

const opened = (days?: number) => openedOf(service, serial, days);

test('the holder renews alone; the old certificate is good until the new one is confirmed', async () => {
  const id = await opened();
  expect((await desk.get('/me/renewal', elm.beneficiary).expect(200)).body).toMatchObject({ serial, renewal: { id, isOver: false } });

  await (
    await answer(id, holder())
  ).body;
  expect(await certificates()).toEqual(['confirmed', 'issued']);
  await answer(id, holder());
  expect(await certificates()).toEqual(['confirmed', 'issued']);
  const done = await answer(id, holder());

  expect(done.body).toMatchObject({ stage: 'done' });
  expect(await certificates()).toEqual(['revoked superseded', 'confirmed']);
  expect(await em().count(OpenCaseRow, { id })).toBe(0);
  await service.over(id, 'renewal');
  const [card] = await desk.desk.drawer.cards();
  expect(card?.certificates).toHaveLength(4);
  await answer(id, holder());
  expect((await desk.desk.drawer.cards())[0]?.certificates).toHaveLength(2);
  expect(await em().find(MailRow, { toId: elm.beneficiary, template: 'renewal-done' })).toHaveLength(1);
});

test('the new certificates are for new keys', async () => {
  const id = await opened();
  for (let each = 0; each < 3; each++) await answer(id, holder());
  const issued = await em().find(CertificateRow, { person: elm.beneficiary });
  const keys = issued.map(({ pem }) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));
  expect(new Set(keys).size).toBe(4);
});

test('a card that asks for its old keys again is refused', async () => {
  const id = await opened();
  const { body } = await desk.post(`/renewals/${id}/orders`, { session: desk.desk.session }, holder()).expect(200);
  const about = { card: serial, case: id, nonce: body.nonce as string };
  const old = await desk.desk.drawer.open(serial, passcode);
  const make = (key: CardKey) => certificateRequest(key, { ...about, driver: 'software' });
  const made = { authentication: await make(old.authentication), signing: await make(old.signing) };
  const claims = { purpose: 'renew-keys', use: 'authentication', origin, aud: issuer, iat: Math.floor(Date.now() / 1000) } as const;
  const requests = { authentication: requestHash(made.authentication), signing: requestHash(made.signing) };
  const statement = await signStatement(old.authentication, { ...claims, ...about, driver: 'software', requests });
  const asked = { authentication: made.authentication.toString('base64'), signing: made.signing.toString('base64') };

  const result = { requests: asked, statement };
  await desk.post(`/renewals/${id}/answers`, { nonce: about.nonce, result }, holder()).expect(400, /must make new ones/);
  expect(await certificates()).toEqual(['confirmed']);
  for (let each = 0; each < 3; each++) await answer(id, holder());
  expect(await certificates()).toEqual(['revoked superseded', 'confirmed']);
});

test('a step begun again finds the keys it made; a statement of somebody else’s card is refused', async () => {
  const id = await opened();
  await answer(id, holder());
  const [first] = await em().find(CertificateRow, { caseId: id, kind: 'authentication' });
  await answer(id, holder(), { again: 'yes' });
  expect(await em().find(CertificateRow, { caseId: id, kind: 'authentication' })).toMatchObject([{ serial: first!.serial }]);

  const oak = await anOrganisation(service.orm);
  const other = await cardDesk(service, oak);
  const theirs = await other.whole();
  const otherId = await openedOf(service, theirs.serial);
  const { nonce } = await step(id, holder(), { again: 'yes' });
  const made = await other.post(`/renewals/${otherId}/orders`, { session: other.desk.session }, { as: oak.beneficiary });
  const ready = await other.get(`/renewals/${otherId}/orders/${made.body.nonce}`, oak.beneficiary);
  const foreign = await other.desk.carryOut(ready.body, otherId, { passcode });
  await desk.post(`/renewals/${id}/answers`, { nonce, result: foreign }, holder()).expect(400, /another card/);
});

test('after the end the holder is told whom to see, and an RA agent renews with them', async () => {
  await em().nativeUpdate(OrganisationRow, { code: elm.trust }, { raContact: 'Room 4, extension 1212' });
  const id = await opened(-2);

  await desk
    .post(`/renewals/${id}/orders`, { session: desk.desk.session }, holder())
    .expect(410, /See your Registration Authority: Room 4/);
  await desk.post(`/renewals/${id}/orders`, { session: desk.desk.session }, { as: elm.sponsor }).expect(403);
  expect((await desk.get('/renewals?when=expired').expect(200)).body).toMatchObject({ count: 1, renewals: [{ id, isExpired: true }] });
  await until(async () => (await em().findOne(OpenCaseRow, { id }))?.waitsFor === 'ra-agent');
  expect(await em().count(MailRow, { toId: elm.beneficiary, template: 'renewal-expired' })).toBe(1);

  for (let each = 0; each < 3; each++) await answer(id, { as: elm.agent });
  expect(await stageOf(id)).toBe('done');
  expect(await certificates()).toEqual(['revoked superseded', 'confirmed']);
});

test('the holder is told of each step that opens their card for somebody else, and of none of their own', async () => {
  const id = await opened(-2);
  const told = () => em().find(MailRow, { toId: elm.beneficiary, template: 'card-renewal-begun' });
  await answer(id, { as: elm.agent }); // renew-keys
  expect(await told()).toMatchObject([{ aboutKind: 'renewal', aboutId: id }]);
  const begun = await em().find(AuditRow, { subjectId: id, what: 'renewal.ordered-by-another' });
  expect(begun).toMatchObject([{ who: elm.agent, detail: { purpose: 'renew-keys', nonce: expect.any(String), person: elm.beneficiary } }]);
  await answer(id, { as: elm.agent }); // write-certificates
  await answer(id, { as: elm.agent }); // confirm, which brings no key
  expect(await told()).toHaveLength(2);
});

test('a holder who renews alone gets no letter about it before it is done', async () => {
  const id = await opened();
  await answer(id, holder());
  await answer(id, holder());
  expect(await em().count(MailRow, { toId: elm.beneficiary, template: 'card-renewal-begun' })).toBe(0);
});

test('a sign-in with the new keys does what the confirmation would have done', async () => {
  const id = await opened();
  await answer(id, holder());
  await answer(id, holder());
  const issued = await em().findOneOrFail(CertificateRow, { caseId: id, kind: 'authentication' });
  const cause = { id: `sign-in/${id}`, at: new Date(), who: elm.beneficiary, via: 'authentication' as const, caseId: null };

  await em().transactional((tx) => recordPairUsed(tx, cause, issued));

  expect(await certificates()).toEqual(['revoked superseded', 'confirmed']);
  expect(await em().count(OpenCaseRow, { id })).toBe(0);
  await desk.post(`/renewals/${id}/answers`, { nonce: 'A'.repeat(32), result: {} }, holder()).expect(404);
  expect(await em().find(AuditRow, { subjectId: id, what: 'renewal.confirm-by-sign-in' })).toHaveLength(1);
});

test('a card reported lost while it is renewed ends the renewal', async () => {
  const id = await opened();
  await answer(id, holder());
  const { id: card } = await em().findOneOrFail(SmartcardRow, { serial });
  await desk.post(`/smartcards/${card}/report`, { what: 'stolen' }, { as: elm.sponsor }).expect(200);

  expect(await stageOf(id)).toBe('ended');
  expect(await certificates()).toEqual(['revoked keyCompromise', 'revoked keyCompromise']);
  await desk.post(`/renewals/${id}/orders`, { session: desk.desk.session }, holder()).expect(409);
});
