import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { AuditRow, recordAudit } from '../../db/audit.ts';
import { recordPairUsed } from '../../db/smartcard/renewal.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { recordSignIn, SignInRow } from '../../db/sign-in/sign-in.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { type CardDesk, cardDesk } from '../support/card-issue.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let desk: CardDesk;
let id: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  desk = await cardDesk(service, elm);
  const { serial } = await desk.whole();
  id = (await em().findOneOrFail(SmartcardRow, { serial })).id;
});

const em = () => service.orm.em.fork();
const card = () => em().findOneOrFail(SmartcardRow, { id });
const report = (what: string, as: string, key?: string) => desk.post(`/smartcards/${id}/report`, { what }, { as, ...(key && { key }) });

/** Somebody is signed in with the card. */
async function signedIn(orm: MikroORM): Promise<string> {
  const signIn = randomUUID();
  const cause = { id: `sign-in/${signIn}`, at: new Date(), who: elm.beneficiary, via: 'authentication' as const, caseId: null };
  await recordSignIn(orm.em.fork(), cause, {
    id: signIn,
    person: elm.beneficiary,
    organisation: elm.code,
    method: 'smartcard',
    level: 3,
    acr: 'AAL3_ANY',
    smartcard: id,
    authenticator: null,
    personGeneration: 1,
    smartcardGeneration: 1,
    client: 'web',
  });
  return signIn;
}

test.each(['lost', 'stolen'] as const)('a card reported %s is over in that moment, with its certificates and sign-ins', async (what) => {
  const signIn = await signedIn(service.orm);
  await report(what, elm.receptionist).expect(200);

  expect(await card()).toMatchObject({ state: what, generation: 2, endedAt: expect.any(Date), pukSealed: null, managementKeySealed: null });
  const certificates = await em().find(CertificateRow, { smartcard: id });
  expect(certificates.map(({ state, reason }) => [state, reason])).toEqual(Array(2).fill(['revoked', 'keyCompromise']));
  expect(await em().findOneOrFail(SignInRow, { id: signIn })).toMatchObject({ endReason: `smartcard.report-${what}` });
  expect(await em().count(MailRow, { toId: elm.beneficiary, template: 'card-reported-lost' })).toBe(1);
  expect(await em().find(AuditRow, { subjectId: id, what: `smartcard.report-${what}` })).toMatchObject([
    { who: elm.receptionist, detail: { person: elm.beneficiary } },
  ]);
});

test('its holder reports it, whatever their roles; the same key twice reports once; somebody else is told when it was', async () => {
  const key = randomUUID();
  const first = await report('lost', elm.beneficiary, key).expect(200);
  expect((await report('lost', elm.beneficiary, key).expect(200)).body).toEqual(first.body);
  const late = await report('stolen', elm.agent).expect(409);
  expect(late.body).toMatchObject({ title: 'This smartcard is already reported lost', details: { state: 'lost', at: expect.any(String) } });
  const oak = await anOrganisation(service.orm);
  await report('stolen', oak.agent).expect(404);
  await report('found', elm.agent).expect(400, /lost or stolen/);
});

test('RA staff cancel a card, not their own, and say why', async () => {
  const cancel = (as: string, body: object = { reason: 'damaged' }) => desk.post(`/smartcards/${id}/cancellation`, body, { as });
  await cancel(elm.sponsor).expect(403);
  await cancel(elm.agent, {}).expect(400, /Select why/);
  await em().nativeUpdate(SmartcardRow, { id }, { person: elm.manager });
  await cancel(elm.manager).expect(403, /your own smartcard/);
  await em().nativeUpdate(SmartcardRow, { id }, { person: elm.beneficiary });

  await cancel(elm.agent).expect(200);
  expect(await card()).toMatchObject({ state: 'cancelled' });
  expect(await em().find(AuditRow, { subjectId: id, what: 'smartcard.cancel' })).toMatchObject([{ detail: { reason: 'damaged' } }]);
  expect(await em().count(MailRow, { toId: elm.beneficiary, template: 'card-cancelled' })).toBe(1);
});

const newPasscode = '573920';
async function unlock(as: string, passcode = newPasscode) {
  const { body } = await desk.post(`/smartcards/${id}/unlock-orders`, { session: desk.desk.session, present: 'yes' }, { as }).expect(200);
  const ready = await desk.get(`/smartcards/${id}/unlock-orders/${body.nonce}`, as).expect(200);
  return { nonce: body.nonce as string, result: await desk.desk.carryOut(ready.body, id, { passcode }) };
}

test('a card locked by three wrong passcodes is unlocked with its holder there, and takes the new passcode', async () => {
  const { serial } = await card();
  for (let tries = 0; tries < 3; tries++) await desk.desk.drawer.open(serial, '111222').catch(() => {});
  expect((await desk.desk.drawer.cards())[0]).toMatchObject({ state: 'locked' });

  await desk.post(`/smartcards/${id}/unlock-answers`, await unlock(elm.sponsor), { as: elm.sponsor }).expect(200);

  expect((await desk.desk.drawer.cards())[0]).toMatchObject({ state: 'ready' });
  await desk.desk.drawer.open(serial, newPasscode);
  expect(await card()).toMatchObject({ state: 'active' });
  expect(await em().count(AuditRow, { subjectId: id, what: 'smartcard.unlock', who: elm.sponsor })).toBe(1);
});

test('who may not unlock a card', async () => {
  const order = (as: string, body: object = { session: desk.desk.session, present: 'yes' }) =>
    desk.post(`/smartcards/${id}/unlock-orders`, body, { as });
  await order(elm.receptionist).expect(403);
  await order(elm.trustSponsor).expect(404);
  await order(elm.sponsor, { session: desk.desk.session }).expect(400, /Confirm that the holder is with you/);
  const { body } = await order(elm.sponsor).expect(200);
  await desk.get(`/smartcards/${id}/unlock-orders/${body.nonce}`, elm.otherSponsor).expect(404);

  await changedContact(elm.sponsor, 71);
  await order(elm.sponsor).expect(403, /in the last 72 hours/);
  await changedContact(elm.otherSponsor, 73);
  await order(elm.otherSponsor).expect(200);
  await em().nativeUpdate(SmartcardRow, { id }, { person: elm.sponsor });
  await order(elm.sponsor).expect(403, /You cannot unlock your own smartcard/);
});

test('an unlock that was begun is audited and told to the holder, once an order, whether or not the card answers', async () => {
  const key = randomUUID();
  const order = () =>
    desk.post(`/smartcards/${id}/unlock-orders`, { session: desk.desk.session, present: 'yes' }, { as: elm.sponsor, key }).expect(200);
  const first = await order();
  await order();
  const begun = () => em().find(AuditRow, { subjectId: id, what: 'smartcard.unlock-ordered' }, { orderBy: { at: 1 } });
  const told = () => em().find(MailRow, { toId: elm.beneficiary, template: 'card-unlock-begun' });
  expect(await begun()).toMatchObject([{ who: elm.sponsor, subjectKind: 'smartcard', detail: { nonce: first.body.nonce } }]);
  expect(await told()).toMatchObject([{ aboutKind: 'smartcard', aboutId: id, data: { at: expect.any(String) } }]);

  const another = await desk
    .post(`/smartcards/${id}/unlock-orders`, { session: desk.desk.session, present: 'yes' }, { as: elm.otherSponsor })
    .expect(200);
  expect((await begun()).map(({ detail }) => detail['nonce'])).toEqual([first.body.nonce, another.body.nonce]);
  expect(await told()).toHaveLength(2);
});

async function changedContact(who: string, hoursAgo: number): Promise<void> {
  const at = new Date(Date.now() - hoursAgo * 3_600_000);
  const cause = { id: `person.change-contact/${randomUUID()}`, at, who, via: 'api' as const, caseId: null };
  const subject = { subjectKind: 'person', subjectId: elm.beneficiary, organisation: elm.code };
  await recordAudit(em(), cause, { what: 'person.change-contact', ...subject, detail: {} });
}

test('somebody who changed the holder’s contact details between order and answer is refused', async () => {
  const answer = await unlock(elm.sponsor);
  await changedContact(elm.sponsor, 0);
  await desk.post(`/smartcards/${id}/unlock-answers`, answer, { as: elm.sponsor }).expect(403);
  expect(await em().count(AuditRow, { subjectId: id, what: 'smartcard.unlock' })).toBe(0);
});

test('every certificate belongs to a case; one that does not is found', async () => {
  const count = async () => {
    const workflowId = `certificate-count-${randomUUID()}`;
    await service.deps.temporal.workflow.execute('certificateCount', { taskQueue: service.deps.taskQueue, workflowId, args: [] });
    const [found] = await em().find(AuditRow, { what: 'certificate.count', id: { $like: `${workflowId}%` } });
    return found!.detail;
  };
  const mine = async () => {
    const rows = await em().find(CertificateRow, { smartcard: id });
    return rows.map(({ serial }) => serial);
  };
  const before = await count();
  const [serial] = await mine();
  expect(before['without-case'] ?? '').not.toContain(serial);

  await em().nativeUpdate(CertificateRow, { serial: serial! }, { caseId: randomUUID() });
  const after = await count();
  expect(after['without-case']).toContain(serial);
  expect(after['not-a-pair']).toEqual(expect.any(String));
  expect(Number(after['findings'])).toBeGreaterThan(Number(before['findings']));
});

test('an issued certificate of no renewal is not confirmed by a sign-in', async () => {
  const row = await em().findOneOrFail(CertificateRow, { smartcard: id, kind: 'authentication' });
  await em().nativeUpdate(CertificateRow, { serial: row.serial }, { state: 'issued' });
  const cause = { id: randomUUID(), at: new Date(), who: elm.beneficiary, via: 'authentication' as const, caseId: null };
  await em().transactional((tx) => recordPairUsed(tx, cause, row));
  expect(await em().findOneOrFail(CertificateRow, { serial: row.serial })).toMatchObject({ state: 'issued' });
});
