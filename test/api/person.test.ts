import { randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow, sealedFor } from '../../db/mail/mail.ts';
import { PersonRow } from '../../db/person/person.ts';
import { unseal } from '../../db/seal.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { recordPositionRequest } from '../../db/position-request/position-request.ts';
import { SavedSearchRow } from '../../db/person/saved-search.ts';
import { anOrganisation, aPerson, aRoleProfile, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { apiOf } from '../support/edges.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

// Nothing here reaches a workflow.
const sealingKey = randomBytes(32);
const api = () => apiOf({ orm, answerWithinMs: 1000, sealingKey } as unknown as Deps);
const get = (path: string, person: string) => request(api()).get(`/v1${path}`).set('X-Person', person);
const post = (path: string, person: string, body: object, key: string = randomUUID()) =>
  request(api()).post(`/v1${path}`).set('X-Person', person).set('Idempotency-Key', key).send(body);
const search = async (text: string, person = elm.agent): Promise<string> =>
  (await post('/people/searches', person, { text }).expect(200)).body.id;

test('a search is kept under an id that says nothing, for its searcher alone, for an hour; that it was made is in the audit', async () => {
  const key = randomUUID();
  const { body } = await post('/people/searches', elm.agent, { text: 'adeyemi ben' }, key).expect(200);
  expect((await post('/people/searches', elm.agent, { text: 'adeyemi ben' }, key).expect(200)).body).toEqual(body);
  const found = await get(`/people/searches/${body.id}`, elm.agent).expect(200);
  expect(found.body).toMatchObject({ count: 1, isMore: false, next: null, people: [{ id: elm.beneficiary, name: 'Ben Adeyemi' }] });

  await get(`/people/searches/${body.id}`, elm.manager).expect(404);
  const audit = await orm.em.fork().find(AuditRow, { subjectId: body.id });
  expect(audit).toMatchObject([{ what: 'person.find', who: elm.agent, detail: { by: 'name' } }]);
  expect(JSON.stringify(audit)).not.toMatch(/adeyemi/i);
  await orm.em.fork().nativeUpdate(SavedSearchRow, { id: body.id }, { expiresAt: new Date(Date.now() - 1000) });
  await get(`/people/searches/${body.id}`, elm.agent).expect(410, /more than an hour old/);
});

test('found people come a page at a time, each once', async () => {
  await Promise.all(Array.from({ length: 45 }, (_, n) => aPerson(orm, { named: `Clone${n} Replika`, organisation: elm.code })));
  const id = await search('replika');
  const seen: string[] = [];
  for (let after = ''; ;) {
    const { body } = await get(`/people/searches/${id}${after}`, elm.agent).expect(200);
    seen.push(...body.people.map((person: { id: string }) => person.id));
    if (!body.next) break;
    after = `?after=${body.next}`;
  }
  expect([seen.length, new Set(seen).size]).toEqual([45, 45]);
});

test('whoever has no role finds nobody; whoever may not see identities does not search by National Insurance number', async () => {
  await post('/people/searches', elm.beneficiary, { text: 'adeyemi' }).expect(404);
  await post('/people/searches', elm.sponsor, { text: 'AB 12 34 56 C' }).expect(400, /None of your positions/);
  await post('/people/searches', elm.agent, { text: 'AB 12 34 56 C' }).expect(200);
  await post('/people/searches', elm.agent, { text: '12345' }).expect(400, /A Care ID has 12 numbers/);
  await post('/people/searches', elm.agent, { text: 'ben', organisation: 'RZ9' }).expect(400);
});

test('what is seen of a person depends on who looks', async () => {
  const identity = { dateOfBirth: '1990-05-17', nationalInsuranceNumber: 'AB123456C' };
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { nationalInsuranceNumber: 'AB123456C' });
  const seenBy = async (person: string) => (await get(`/people/${elm.beneficiary}`, person).expect(200)).body;

  expect(await seenBy(elm.agent)).toMatchObject({
    name: 'Ben Adeyemi',
    identity,
    contact: { email: expect.any(String) },
    may: { ask: true, issueCard: true },
  });
  expect(await seenBy(elm.receptionist)).toMatchObject({ identity, requests: [], may: { ask: false, readRequests: false } });
  const bySponsor = await seenBy(elm.sponsor);
  expect(bySponsor).toMatchObject({
    identity: null,
    contact: null,
    checkedByName: null,
    may: { ask: false, readRequests: true, issueCard: false },
  });
  expect(JSON.stringify(bySponsor)).not.toMatch(/1990-05-17|AB123456C|example\.org/);
});

test('somebody at no organisation of the caller looks missing, and comes into sight with a position there', async () => {
  const oak = await anOrganisation(orm, { name: 'Oak Pharmacy' });
  const other = await get(`/people/${elm.beneficiary}`, oak.agent).expect(404);
  const nobody = await get(`/people/${randomUUID()}`, oak.agent).expect(404);
  expect(other.body).toEqual(nobody.body);
  await get(`/people/${elm.beneficiary}`, elm.beneficiary).expect(200);

  await aRoleProfile(orm, { person: elm.beneficiary, organisation: oak.code, jobRole: 'R8009', startsOn: inDays(3) });
  const { body } = await get(`/people/${elm.beneficiary}`, oak.agent).expect(200);
  expect(body).toMatchObject({ organisationName: 'Oak Pharmacy', positions: [{ when: 'later', organisationName: 'Oak Pharmacy' }] });
  await endPositionsOf(orm, oak.agent);
  await get(`/people/${elm.beneficiary}`, oak.agent).expect(404);
});

test('the person an open request is about can be seen where it was asked for', async () => {
  const oak = await anOrganisation(orm, { name: 'Oak Pharmacy' });
  await get(`/people/${elm.beneficiary}`, oak.sponsor).expect(404);
  const id = randomUUID();
  const why = await recordWords(orm.em.fork(), { id, request: id, words: 'Locum' });
  const { code: organisation, agent: asker, position } = oak;
  const asked = { id, organisation, asker, beneficiary: elm.beneficiary, position, why, startsOn: inDays(1), endsOn: null };
  const at = new Date().toISOString();
  const cause = { id, at: new Date(), who: asker, via: 'api' as const, caseId: null };
  await recordPositionRequest(orm.em.fork(), { action: 'submit', request: asked }, { remindAt: at, dueAt: at, expiresAt: at }, cause);
  const { body } = await get(`/people/${elm.beneficiary}`, oak.sponsor).expect(200);
  expect(body).toMatchObject({ name: 'Ben Adeyemi', identity: null, requests: [{ id, isLate: true }] });
});

test('one sees oneself whole, whatever one’s roles', async () => {
  const { body } = await get('/me', elm.beneficiary).expect(200);
  expect(body).toMatchObject({
    id: elm.beneficiary,
    identity: { dateOfBirth: '1990-05-17' },
    contact: { mobile: null },
    positions: [],
    smartcards: [],
  });
});

test('the organisations to ask at are those of one’s registration authority; those without a sponsor say so', async () => {
  const { body } = await get(`/people/${elm.beneficiary}/organisations`, elm.agent).expect(200);
  expect(body.organisations).toEqual([
    { code: elm.code, name: 'Elm Surgery', sponsors: 2 },
    { code: elm.trust, name: 'Elm Trust', sponsors: 1 },
  ]);
  const byCode = await get(`/people/${elm.beneficiary}/organisations?q=${elm.code.toLowerCase()}`, elm.agent).expect(200);
  expect(byCode.body.organisations).toMatchObject([{ code: elm.code }]);
  await get(`/people/${elm.beneficiary}/organisations`, elm.sponsor).expect(403);
});

test('one changes one’s own contact details and nobody else’s; the change is dated, told, and its values are in no record', async () => {
  const { email } = await orm.em.fork().findOneOrFail(PersonRow, { id: elm.beneficiary });
  const change = { email: 'new.address@example.net', mobile: '07700 900 982' };
  await post('/me/contact', elm.beneficiary, change).expect(200);
  const row = await orm.em.fork().findOneOrFail(PersonRow, { id: elm.beneficiary });
  expect(row).toMatchObject({ ...change, contactChangedAt: expect.any(Date) });
  const audit = await orm.em.fork().find(AuditRow, { subjectId: elm.beneficiary, what: 'person.change-contact' });
  expect(audit).toMatchObject([{ who: elm.beneficiary, detail: { changed: 'email mobile' } }]);
  const letters = await orm.em.fork().find(MailRow, { toId: elm.beneficiary }, { orderBy: { template: 1 } });
  expect(letters.map(({ template }) => template)).toEqual(['contact-changed', 'contact-changed-before']);
  const [, before] = letters;
  expect(JSON.parse(unseal(sealingKey, sealedFor, before!.sealed!).toString())).toEqual({ address: email });
  await post('/me/contact', elm.beneficiary, { email: 'not an address' }).expect(400);
});
