import { generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { cardIssueActivities } from '../../activities/card-issue.ts';
import { certificateActivities } from '../../activities/certificate.ts';
import { activityInterceptor } from '../../activities/interceptor.ts';
import type { CardKey, Pair } from '../../agent/drivers/driver.ts';
import { certificateRequest } from '../../agent/signed.ts';
import { AuditRow } from '../../db/audit.ts';
import { type CardIssueChange, getCardIssue } from '../../db/smartcard/card-issue.ts';
import { recordCardOrder, recordCardResult } from '../../db/smartcard/card-order.ts';
import { CertificateRow, keyHashOf } from '../../db/smartcard/certificate.ts';
import { PersonRow } from '../../db/person/person.ts';
import { secretsOfCard, SmartcardRow } from '../../db/smartcard/smartcard.ts';
import type { AgentResult, CardDriverKind, OrderPurpose } from '../../domain/agent-protocol.ts';
import { type CardIssue, cardIssueStep } from '../../domain/card-issue.ts';
import { aWorkstation, type CardDeps, cardDeps, type Workstation } from '../support/cards.ts';
import { anOrganisation, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';

let orm: MikroORM;
let deps: CardDeps;
let elm: Organisation;
let desk: Workstation;
let id: string;
beforeAll(async () => {
  orm = await databaseOfThisWorker();
  deps = await cardDeps();
});
afterAll(() => orm.close());
beforeEach(async () => {
  elm = await anOrganisation(orm);
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { photo: randomUUID() });
  desk = await aWorkstation(deps);
  id = randomUUID();
  const issue = { id, organisation: elm.code, person: elm.beneficiary, asker: elm.agent, replaces: null };
  await record('1', { action: 'start', issue, due: '2026-12-30T00:00:00Z' });
  await orm.em.fork().execute(`update card_issue set stage = 'printed' where id = :id`, { id });
});

const em = () => orm.em.fork();

/** An attempt of activity `activityId` of this case. */
function attempt<A extends unknown[], T>(activityId: string, act: (...given: A) => Promise<T>, ...given: A): Promise<T> {
  const info = {
    workflowExecution: { workflowId: `card-issue/${id}`, runId: randomUUID() },
    activityId,
    scheduledTimestampMs: Date.parse('2026-11-30T23:59:59.900Z'),
  };
  const env = new MockActivityEnvironment(info, { interceptors: [activityInterceptor(orm)], logger: new DefaultLogger('ERROR') });
  return env.run<A, T, (...given: A) => Promise<T>>(act, ...given);
}
const by = (who = elm.agent) => ({ who, via: 'api' as const });
const record = (activityId: string, change: CardIssueChange, who?: string) =>
  attempt(activityId, cardIssueActivities({ orm, ...deps }).recordCardIssue, change, by(who));
const sign = (activityId: string, nonce: string, who?: string) =>
  attempt(activityId, certificateActivities({ orm, ...deps }).signCertificates, { kind: 'card-issue' as const, id, nonce }, by(who));

/** An order of the case, carried out and kept. @returns its nonce @param changed what the card answers instead */
async function answered(
  purpose: OrderPurpose | 'prepare',
  card: string,
  changed?: AgentResult | ((nonce: string) => Promise<AgentResult>),
): Promise<string> {
  const cause = { id: `test/${randomUUID()}`, at: new Date(), who: elm.agent, via: 'api' as const, caseId: null };
  const asked = { caseKind: 'card-issue', caseId: id, organisation: elm.code, purpose, card, session: desk.session };
  const nonce = await recordCardOrder(em(), cause, asked);
  const shown = { nonce, purpose, card, session: desk.session.kid, expiresAt: new Date() };
  let order: string | null = null;
  if (purpose !== 'prepare') {
    const secrets = secretsOfCard(deps.cardSecretsKey, await em().findOneOrFail(SmartcardRow, { serial: card }));
    order = await deps.cardOrders.sign({ purpose, case: id, card, nonce, madeAt: cause.at, session: desk.session, secrets });
  }
  const result = (typeof changed === 'function' ? await changed(nonce) : changed) ?? (await desk.carryOut({ ...shown, order }, id));
  await recordCardResult(em(), { nonce, caseId: id }, elm.agent, result);
  return nonce;
}

const current = (): Promise<CardIssue> => getCardIssue(em(), id);
const step = async (action: 'prepare' | 'set-up' | 'make-keys', nonce: string): Promise<CardIssueChange> => {
  const { to } = cardIssueStep(action);
  return { action, issue: await current(), to: to as CardIssue['stage'], nonce };
};

/** Set up, with keys asked for. @returns the order whose answer holds the requests */
async function withKeys(): Promise<string> {
  const serial = await desk.blank();
  await record('2', await step('prepare', await answered('prepare', serial)));
  await record('3', await step('set-up', await answered('set-up', serial)));
  return answered('make-keys', serial);
}

test('signing again, after the worker ended before it said so, finds the certificates it made', async () => {
  const nonce = await withKeys();
  await sign('4', nonce);
  const first = await em().find(CertificateRow, { caseId: id }, { orderBy: { kind: 1 } });
  await sign('4', nonce);
  await sign('5', nonce); // another attempt of the agent's: another activity
  expect(await em().find(CertificateRow, { caseId: id }, { orderBy: { kind: 1 } })).toEqual(first);
  expect(first.map(({ kind, state }) => [kind, state])).toEqual([
    ['authentication', 'issued'],
    ['signing', 'issued'],
  ]);
  expect(await em().count(AuditRow, { what: 'certificate.issue', caseId: `card-issue/${id}` })).toBe(2);
});

test('two attempts at the same moment sign one pair', async () => {
  const nonce = await withKeys();
  await Promise.all([sign('4', nonce), sign('4', nonce)]);
  expect(await em().count(CertificateRow, { caseId: id })).toBe(2);
});

/** Another person's card, being issued in the case that `id` is from now on. @returns its serial, set up */
async function anotherCase(): Promise<string> {
  id = randomUUID();
  await em().nativeUpdate(PersonRow, { id: elm.receptionist }, { photo: randomUUID() });
  const issue = { id, organisation: elm.code, person: elm.receptionist, asker: elm.agent, replaces: null };
  await record('1', { action: 'start', issue, due: '2026-12-30T00:00:00Z' });
  await em().execute(`update card_issue set stage = 'printed' where id = :id`, { id });
  const serial = await desk.blank();
  await record('2', await step('prepare', await answered('prepare', serial)));
  await record('3', await step('set-up', await answered('set-up', serial)));
  return serial;
}

/** What an agent program answers that has keys of its own choosing: they prove themselves for this case and order. */
const requestsBy =
  (keys: Pair<CardKey>, card: string, driver: CardDriverKind = 'software') =>
  async (nonce: string): Promise<AgentResult> => {
    const request = async (key: CardKey) => (await certificateRequest(key, { card, driver, case: id, nonce })).toString('base64');
    return { requests: { authentication: await request(keys.authentication), signing: await request(keys.signing) } };
  };

function newKey(): CardKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    sign: async (data) => signBytes('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

test('a key that was certified once is certified for no other card, whatever it is to be used for', async () => {
  const serial = await desk.blank();
  await record('2', await step('prepare', await answered('prepare', serial)));
  await record('3', await step('set-up', await answered('set-up', serial)));
  const keys = { authentication: newKey(), signing: newKey() };
  await sign('4', await answered('make-keys', serial, requestsBy(keys, serial)));
  await em().nativeUpdate(CertificateRow, { caseId: id }, { state: 'revoked', revokedAt: new Date(), reason: 'superseded' });

  const other = await anotherCase();
  const swapped = { authentication: newKey(), signing: keys.authentication };
  const refused = sign('4', await answered('make-keys', other, requestsBy(swapped, other)));
  await expect(refused).rejects.toMatchObject({ type: 'INVALID', message: expect.stringContaining('must make new ones') });
  expect(await em().count(CertificateRow, { caseId: id })).toBe(0);
  await sign('5', await answered('make-keys', other));
  expect(await em().count(CertificateRow, { caseId: id })).toBe(2);
});

test('two cases that want a certificate for one key at the same moment: one gets it', async () => {
  const serial = await desk.blank();
  await record('2', await step('prepare', await answered('prepare', serial)));
  await record('3', await step('set-up', await answered('set-up', serial)));
  const keys = { authentication: newKey(), signing: newKey() };
  const [first, firstNonce] = [id, await answered('make-keys', serial, requestsBy(keys, serial))];
  const other = await anotherCase();
  const [second, secondNonce] = [id, await answered('make-keys', other, requestsBy(keys, other))];
  const signIn = (of: string, nonce: string) => {
    id = of;
    return sign('4', nonce);
  };

  const both = await Promise.allSettled([signIn(first, firstNonce), signIn(second, secondNonce)]);

  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await em().count(CertificateRow, { caseId: { $in: [first, second] } })).toBe(2);
});

test('production certifies no key of a software card, nor of one that does not say what it is', async () => {
  const production = { ...deps, cardOrders: { ...deps.cardOrders, environment: 'production' as const } };
  const signThere = (nonce: string) =>
    attempt(
      `sign-${nonce}`,
      certificateActivities({ orm, ...production }).signCertificates,
      { kind: 'card-issue' as const, id, nonce },
      by(),
    );
  await expect(signThere(await withKeys())).rejects.toMatchObject({ type: 'INVALID', message: expect.stringContaining('software cards') });
  const { serial } = await em().findOneOrFail(SmartcardRow, { person: elm.beneficiary });
  const unsaid = requestsBy({ authentication: newKey(), signing: newKey() }, serial, 'other' as CardDriverKind);
  await expect(signThere(await answered('make-keys', serial, unsaid))).rejects.toMatchObject({ type: 'INVALID' });
  expect(await em().count(CertificateRow, { caseId: id })).toBe(0);

  const real = requestsBy({ authentication: newKey(), signing: newKey() }, serial, 'pkcs11');
  await signThere(await answered('make-keys', serial, real));
  expect(await em().count(CertificateRow, { caseId: id })).toBe(2);
});

test('a key written in another way is the same key', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const [head, x, last] = [spki.subarray(0, -65), spki.subarray(-64, -32), spki.at(-1) ?? 0];
  const compressed = Buffer.concat([head, Buffer.of(2 + (last % 2)), x]);
  compressed[1] = 57; // lengths of the whole, and of the point
  compressed[head.length - 2] = 34;
  expect(keyHashOf(compressed)).toBe(keyHashOf(spki));
});

test('nothing is signed unless the open case is at that step, and its agent may still act', async () => {
  const serial = await desk.blank();
  const early = await answered('prepare', serial);
  await expect(sign('4', early)).rejects.toMatchObject({ type: 'WRONG_STATE' });
  await record('2', await step('prepare', early));
  await record('3', await step('set-up', await answered('set-up', serial)));
  const nonce = await answered('make-keys', serial);
  await expect(sign('4', early)).rejects.toMatchObject({ type: 'WRONG_STATE' });
  await expect(sign('4', nonce, elm.sponsor)).rejects.toMatchObject({ type: 'NOT_PERMITTED' });
  await endPositionsOf(orm, elm.agent);
  await expect(sign('4', nonce)).rejects.toMatchObject({ type: 'NOT_FOUND' });
  expect(await em().count(CertificateRow, { caseId: id })).toBe(0);
});

test('the stage moves only when the certificates are kept', async () => {
  const nonce = await withKeys();
  await expect(record('4', await step('make-keys', nonce))).rejects.toThrow('has no certificates');
  expect((await current()).stage).toBe('set-up');
  await sign('5', nonce);
  await record('6', await step('make-keys', nonce));
  expect((await current()).stage).toBe('signed');
});

test('a retry gives the same answer, and no second card, though the agent’s position has ended', async () => {
  const serial = await desk.blank();
  const change = await step('prepare', await answered('prepare', serial));
  const [first, second] = await Promise.all([record('2', change), record('2', change)]);
  await endPositionsOf(orm, elm.agent);
  expect(second).toEqual(first);
  expect(await record('2', change)).toEqual(first);
  expect(await em().count(SmartcardRow, { person: elm.beneficiary })).toBe(1);
  expect(await em().count(AuditRow, { subjectId: id, what: 'card-issue.prepare' })).toBe(1);
});

test('an attempt that comes late overwrites nothing', async () => {
  const serial = await desk.blank();
  const change = await step('prepare', await answered('prepare', serial));
  await record('2', change);
  await record('3', await step('set-up', await answered('set-up', serial)));
  expect((await record('2', change)).stage).toBe('set-up');
  await expect(record('4', change)).rejects.toMatchObject({ type: 'WRONG_STATE', details: [{ by: elm.agent }] });
});

test('secrets prepared for another case or card are not taken', async () => {
  const serial = await desk.blank();
  const other = await desk.carryOut(
    { nonce: '', purpose: 'prepare', card: serial, session: '', order: null, expiresAt: new Date() },
    randomUUID(),
  );
  await expect(record('2', await step('prepare', await answered('prepare', serial, other)))).rejects.toMatchObject({ type: 'INVALID' });
  const unsealed = await answered('prepare', serial, { sealed: 'a.b.c.d.e' });
  await expect(record('3', await step('prepare', unsealed))).rejects.toMatchObject({ type: 'INVALID' });
  expect(await em().count(SmartcardRow, { serial })).toBe(0);
});
