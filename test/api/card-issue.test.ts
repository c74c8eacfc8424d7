import { randomBytes, randomUUID } from 'node:crypto';
import { AuditRow } from '../../db/audit.ts';
import { CaseEndingRow } from '../../db/open-case/case-ending.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { PrintJobRow } from '../../db/smartcard/print-job.ts';
import { secretsOfCard, SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { type CardDesk, cardDesk, cardIssuing, passcode, until } from '../support/card-issue.ts';
import { anOrganisation, aPerson, aRoleProfile, endPositionsOf, type Organisation } from '../support/database.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let desk: CardDesk;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  desk = await cardDesk(service, elm);
});

const em = () => service.orm.em.fork();

test('a card is printed, made and written, its holder recognised, and then it is theirs', async () => {
  const { id, serial } = await desk.whole();

  expect(await desk.stageOf(id)).toBe('done');
  const card = await em().findOneOrFail(SmartcardRow, { serial });
  expect(card).toMatchObject({ person: elm.beneficiary, state: 'active', organisation: elm.code, issuedAt: expect.any(Date) });
  const certificates = await em().find(CertificateRow, { smartcard: card.id }, { orderBy: { kind: 1 } });
  expect(certificates.map(({ kind, state, caseId, isDev }) => ({ kind, state, caseId, isDev }))).toEqual([
    { kind: 'authentication', state: 'confirmed', caseId: id, isDev: true },
    { kind: 'signing', state: 'confirmed', caseId: id, isDev: true },
  ]);
  expect(await em().findOneOrFail(PersonRow, { id: elm.beneficiary })).toMatchObject({ termsVersion: 1 });
  expect(await em().find(MailRow, { toId: elm.beneficiary })).toMatchObject([{ template: 'card-issued' }]);
  expect(await em().count(OpenCaseRow, { id })).toBe(0);
  const audit = await em().find(AuditRow, { subjectKind: 'card-issue', subjectId: id }, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what).filter((what) => what.startsWith('card-issue.'))).toEqual(
    ['start', 'print', 'printed', 'prepare', 'set-up', 'make-keys', 'write', 'recognise', 'set-passcode'].map(
      (step) => `card-issue.${step}`,
    ),
  );
});

const stepsOf = async (id: string) =>
  (await em().find(AuditRow, { subjectKind: 'card-issue', subjectId: id, what: { $like: 'card-issue.%' } })).map(({ what }) => what);

test('the same key twice begins one card; two at once, one wins', async () => {
  const key = randomUUID();
  const path = `/organisations/${elm.code}/card-issues`;
  const body = { person: elm.beneficiary };
  const first = await desk.post(path, body, { key }).expect(200);
  expect((await desk.post(path, body, { key }).expect(200)).body).toEqual(first.body);
  await desk.post(path, body).expect(409, /already being issued/);

  const id = first.body.id;
  const both = await Promise.all([
    desk.post(`/card-issues/${id}/print`, { printer: desk.printer }),
    desk.post(`/card-issues/${id}/give-up`, {}, { as: elm.manager }),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
});

test('nobody issues a card to themselves, or to somebody whose position they approved', async () => {
  await em().nativeUpdate(PersonRow, { id: elm.agent }, { photo: randomUUID() });
  await desk.post(`/organisations/${elm.trust}/card-issues`, { person: elm.agent }).expect(403, /yourself/);

  const roleProfile = await aRoleProfile(service.orm, { person: elm.beneficiary, organisation: elm.code, jobRole: 'R8009' });
  await anApproval(elm.agent, roleProfile);
  await desk.post(`/organisations/${elm.code}/card-issues`, { person: elm.beneficiary }).expect(403, /You approved a position/);
  await endPositionsOf(service.orm, elm.beneficiary);
  await desk.start();
});

/** As if this person had approved it, as a sponsor, before they became an RA agent. */
async function anApproval(sponsor: string, roleProfile: string): Promise<void> {
  const at = new Date();
  const id = randomUUID();
  const why = await recordWords(em(), { id: randomUUID(), request: id, words: 'She works here' });
  await em().insert(PositionRequestRow, {
    id,
    organisation: elm.code,
    beneficiary: elm.beneficiary,
    asker: elm.manager,
    position: elm.position,
    why,
    startsOn: '2026-12-01',
    state: 'approved',
    version: 2,
    changedBy: sponsor,
    changedAt: at,
    askedAt: at,
    remindAt: at,
    dueAt: at,
    expiresAt: at,
    roleProfile,
  });
}

test('only RA staff of that organisation, for people of it', async () => {
  await desk.post(`/organisations/${elm.code}/card-issues`, { person: elm.beneficiary }, { as: elm.sponsor }).expect(403);
  const oak = await anOrganisation(service.orm);
  await desk.post(`/organisations/${elm.code}/card-issues`, { person: elm.beneficiary }, { as: oak.agent }).expect(404);
  await desk.post(`/organisations/${oak.code}/card-issues`, { person: elm.beneficiary }, { as: oak.agent }).expect(404);
  const id = await desk.start();
  await desk.get(`/card-issues/${id}`, oak.agent).expect(404);
  await desk.get('/card-issues/abc').expect(404);
});

test('an agent whose position ends between page and press is refused', async () => {
  const id = await desk.start();
  service.hooks.beforeRecord = () => endPositionsOf(service.orm, elm.agent);
  await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(404);
  service.hooks.beforeRecord = async () => {};
  expect(await stepsOf(id)).toEqual(['card-issue.start']);
});

test('a printer that says no, and one of which nobody knows', async () => {
  let outcome = 'failed';
  service.hooks.instead = { printCard: async () => outcome };
  const id = await desk.start();
  await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(200);
  await until(async () => (await stepsOf(id)).includes('card-issue.print-failed'));
  outcome = 'unknown';
  await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(200);
  await until(async () => (await desk.stageOf(id)) === 'asking-whether-printed');
  await desk.post(`/card-issues/${id}/printed`, { printed: 'no' }, { as: elm.manager }).expect(200);
  expect(await desk.stageOf(id)).toBe('choosing');
  const jobs = await em().find(PrintJobRow, { caseId: `card-issue/${id}` }, { orderBy: { step: 1 } });
  expect(jobs.map(({ step }) => step)).toEqual(['print-1', 'print-2']);
});

test('a card that was used before, or is the agent’s own, is not taken', async () => {
  const { serial } = await desk.whole();
  const { id: own } = await em().findOneOrFail(SmartcardRow, { serial });
  await em().nativeUpdate(SmartcardRow, { id: own }, { person: elm.agent });
  await em().nativeUpdate(PersonRow, { id: elm.receptionist }, { photo: randomUUID() });
  const id = await desk.start({ person: elm.receptionist });
  await desk.print(id);

  const ask = (card: string) => desk.post(`/card-issues/${id}/orders`, { session: desk.desk.session, card });
  await ask(serial).expect(400, /That is your own card/);
  await em().nativeUpdate(SmartcardRow, { id: own }, { person: elm.beneficiary });
  await ask(serial).expect(400, /used before/);
  await desk.post(`/card-issues/${id}/orders`, { session: desk.desk.session }).expect(400, /Select the blank card/);
  await ask('../../etc').expect(400);
});

test('what opens the chip is sealed here before the chip is touched, and no page sees it', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.desk.blank();
  await desk.answer(id, serial);

  const card = await em().findOneOrFail(SmartcardRow, { serial });
  expect(card).toMatchObject({ state: 'issuing', person: elm.beneficiary });
  expect((await desk.desk.drawer.cards())[0]).toMatchObject({ serial, state: 'blank' });
  const { puk, managementKey } = secretsOfCard(service.deps.cardSecretsKey, card);
  expect(puk).toMatch(/^\d{8}$/);
  const shown = JSON.stringify((await desk.get(`/card-issues/${id}`)).body);
  expect(shown).not.toContain(puk);
  expect(shown).not.toContain(managementKey);
  expect(() => secretsOfCard(randomBytes(32), card)).toThrow();
});

test('a case left half-way goes on at another workstation, with another agent', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.desk.blank();
  await desk.answer(id, serial);
  await desk.answer(id); // set-up
  await desk.step(id); // the keys are made on the card, and the page is closed before it says so
  const other = cardIssuing(service, elm, desk.printer, await desk.desk.moved());
  await other.answer(id, undefined, { as: elm.manager });
  await other.answer(id, undefined, { as: elm.manager });

  await other.post(`/card-issues/${id}/recognition`, { recognised: 'yes' }, { as: elm.manager }).expect(200);
  const order = { session: desk.desk.session };
  await desk.post(`/card-issues/${id}/orders`, order).expect(409, /Confirm first that the person in front of you/);
  await other.answer(id, undefined, { as: elm.manager, passcode });
  expect(await em().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'active' });
});

test('an answer counts once, for its own order, in its own case, from whoever asked', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.desk.blank();
  const prepared = await desk.step(id, serial);
  await desk.post(`/card-issues/${id}/answers`, prepared, { as: elm.manager }).expect(404);
  await desk.post(`/card-issues/${id}/answers`, { ...prepared, nonce: 'A'.repeat(32) }).expect(404);
  await desk.post(`/card-issues/${id}/answers`, prepared).expect(200);
  await desk.post(`/card-issues/${id}/answers`, prepared).expect(409);
  await desk.post(`/card-issues/${id}/answers`, { ...prepared, result: {} }).expect(409, /already answered/);
});

test('certificates are signed only for keys made for this case and order', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.desk.blank();
  await desk.answer(id, serial);
  await desk.answer(id);
  const old = await desk.step(id);
  const made = await desk.step(id);
  await desk.post(`/card-issues/${id}/answers`, { nonce: made.nonce, result: old.result }).expect(400, /made its keys for something else/);
  const again = await desk.step(id);
  const { requests } = again.result;
  const one = { authentication: requests!.authentication, signing: requests!.authentication };
  await desk.post(`/card-issues/${id}/answers`, { nonce: again.nonce, result: { requests: one } }).expect(400, /two keys/);
  expect(await em().count(CertificateRow, { caseId: id })).toBe(0);
  expect(await desk.stageOf(id)).toBe('set-up');
});

test('a passcode is believed only if the new keys say so, to this service, from a page of ours', async () => {
  const id = await desk.start();
  await desk.print(id);
  await desk.toWritten(id);
  await desk.post(`/card-issues/${id}/recognition`, { recognised: 'yes' }).expect(200);
  const refused = async (changed: { origin?: string; issuer?: string }, words: RegExp) =>
    desk.post(`/card-issues/${id}/answers`, await desk.step(id, undefined, { passcode, ...changed })).expect(400, words);
  await refused({ origin: 'http://localhost:9' }, /asked from another site/);
  await refused({ issuer: 'http://localhost:9' }, /signed something else/);
  const { nonce, result } = await desk.step(id, undefined, { passcode });
  const swapped = { authentication: result.statements!.signing, signing: result.statements!.authentication };
  await desk.post(`/card-issues/${id}/answers`, { nonce, result: { statements: swapped } }).expect(400);
  await desk.answer(id, undefined, { passcode });
  expect(await desk.stageOf(id)).toBe('done');
});

test('a new card replaces the one held, in the moment it becomes active', async () => {
  const { serial } = await desk.whole();
  const old = await em().findOneOrFail(SmartcardRow, { serial });
  await desk.post(`/organisations/${elm.code}/card-issues`, { person: elm.beneficiary }).expect(409, /has an active smartcard/);

  const id = await desk.start({ replaces: old.id });
  await desk.print(id);
  await desk.toWritten(id);
  expect(await em().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'active' });
  await desk.post(`/card-issues/${id}/recognition`, { recognised: 'yes' }).expect(200);
  await desk.answer(id, undefined, { passcode });

  expect(await em().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'replaced', generation: 2, pukSealed: null });
  const certificates = await em().find(CertificateRow, { smartcard: old.id });
  expect(certificates.map(({ reason }) => reason)).toEqual(['superseded', 'superseded']);
  expect(await em().count(SmartcardRow, { person: elm.beneficiary, state: 'active' })).toBe(1);
});

test('a card that does not work is put aside: its certificates end, its number is never used again', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.toWritten(id);
  await desk.post(`/card-issues/${id}/discard`, { destroyed: 'yes' }).expect(200);

  expect(await em().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'cancelled' });
  const reasons = (await em().find(CertificateRow, { caseId: id })).map(({ reason }) => reason);
  expect(reasons).toEqual(['cessationOfOperation', 'cessationOfOperation']);
  await desk.print(id);
  await desk.post(`/card-issues/${id}/orders`, { session: desk.desk.session, card: serial }).expect(400, /used before/);
  await desk.toWritten(id);
  await desk.post(`/card-issues/${id}/recognition`, { recognised: 'yes' }).expect(200);
  await desk.answer(id, undefined, { passcode });
  expect(await desk.stageOf(id)).toBe('done');
});

test('whoever comes late is told who ended it, and when', async () => {
  const id = await desk.start();
  await desk.post(`/card-issues/${id}/give-up`, {}, { as: elm.manager }).expect(200);
  await service.over(id, 'card-issue');
  const { body } = await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(409);
  expect(body).toMatchObject({ code: 'WRONG_STATE', details: { state: 'ended', by: elm.manager } });
});

const endingReason = { reason: 'begun-by-mistake', words: 'Begun for the wrong person' };

test('a case that holds a card is ended by two managers: the card is cancelled and its certificates revoked', async () => {
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.toWritten(id);
  const second = await aPerson(service.orm, { named: 'Una Reid', organisation: elm.trust });
  await aRoleProfile(service.orm, { person: second, organisation: elm.trust, jobRole: 'R5080' });
  expect(await em().findOneOrFail(OpenCaseRow, { id })).toMatchObject({ holdsCard: true, waitsFor: 'ra-agent' });

  await desk.post(`/open-cases/card-issue/${id}/end`, endingReason, { as: elm.manager }).expect(200);
  expect(await desk.stageOf(id)).toBe('written');
  const { id: ending } = await em().findOneOrFail(CaseEndingRow, { caseId: id });
  await desk.post(`/open-cases/card-issue/${id}/endings/${ending}/agreement`, {}, { as: elm.manager }).expect(403);
  await desk.post(`/open-cases/card-issue/${id}/endings/${ending}/agreement`, {}, { as: second }).expect(200);

  expect(await desk.stageOf(id)).toBe('ended');
  expect(await em().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'cancelled' });
  expect((await em().find(CertificateRow, { caseId: id })).map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  await service.over(id, 'card-issue');
});

test('a case whose printer does not answer is ended by one manager, and is not printed any more', async () => {
  service.hooks.instead = { printCard: () => new Promise((resolve) => setTimeout(() => resolve('printed'), 3000)) };
  const id = await desk.start();
  await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(200);
  await desk.post(`/open-cases/card-issue/${id}/end`, endingReason, { as: elm.manager }).expect(200);
  expect(await service.over(id, 'card-issue')).toBe('ended');
  expect(await desk.stageOf(id)).toBe('ended');
  expect(await em().find(PrintJobRow, { caseId: `card-issue/${id}` })).toMatchObject([{ state: 'failed', error: 'Cancelled' }]);
});

test('a manager hands a case to another RA agent, who is told', async () => {
  const id = await desk.start();
  const other = await aPerson(service.orm, { named: 'Una Reid', organisation: elm.trust });
  await aRoleProfile(service.orm, { person: other, organisation: elm.trust, jobRole: 'R5090' });
  await desk.post(`/open-cases/card-issue/${id}/hand-over`, { to: elm.sponsor }, { as: elm.manager }).expect(400);
  await desk.post(`/open-cases/card-issue/${id}/hand-over`, { to: other }, { as: elm.manager }).expect(200);
  expect((await desk.get(`/card-issues/${id}`)).body).toMatchObject({ assignee: other, stage: 'choosing' });
  expect(await em().findOneOrFail(OpenCaseRow, { id })).toMatchObject({ waitsForPerson: other });
  expect(await em().count(MailRow, { toId: other, template: 'case-handed-over' })).toBe(1);
  await desk.post(`/open-cases/card-issue/${id}/reminder`, {}, { as: elm.manager }).expect(200);
  expect(await em().count(MailRow, { toId: other, template: 'case-reminder' })).toBe(1);
});
