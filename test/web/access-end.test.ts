import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { PersonRow } from '../../db/person/person.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { anOrganisation, aPerson, aRoleProfile, databaseOfThisWorker, type Organisation } from '../support/database.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { apiOf, webAs } from '../support/edges.ts';
import { serve } from '../support/serve.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const deps = () => ({ orm, answerWithinMs: 1000, enrolmentTerms: { withinMinutes: 15 } }) as unknown as Deps; // nothing here reaches a workflow
const as = (person: string) => request(webAs(deps(), person));
const send = (person: string, path: string, form: Record<string, string> = {}) =>
  as(person)
    .post(path)
    .type('form')
    .send({ key: randomUUID(), ...form });
const em = () => orm.em.fork();

/** One that let two systems in. */
async function aSignIn(person: string, { minutesAgo = 1 } = {}): Promise<string> {
  const id = randomUUID();
  const at = new Date(Date.now() - minutesAgo * 60_000);
  const how = { method: 'passkey', level: 2, acr: 'AAL2_ANY', smartcard: null, authenticator: null, smartcardGeneration: null };
  const { generation } = await em().findOneOrFail(PersonRow, { id: person });
  await em().insert(SignInRow, {
    ...how,
    id,
    person,
    personGeneration: generation,
    sessionUid: null,
    roleProfile: null,
    startedAt: at,
    seenAt: at,
    endedAt: null,
    endReason: null,
  });
  for (const client of ['oak', 'willow'])
    await em().execute(`insert into sign_in_client (grant_id, sign_in, client, sid, at) values (:grant, :id, :client, :sid, :at)`, {
      grant: randomUUID(),
      sid: randomUUID(),
      id,
      client,
      at,
    });
  return id;
}
const openOf = (person: string) => em().count(SignInRow, { person, endedAt: null });
const at = () => `/people/${elm.beneficiary}`;

test('an RA manager sees where somebody is signed in, ends one, and then all after a page that says what happens', async () => {
  const [one] = [await aSignIn(elm.beneficiary), await aSignIn(elm.beneficiary), await aSignIn(elm.beneficiary)];
  expect((await as(elm.manager).get(at()).expect(200)).text).toContain(`href="${at()}/sign-ins"`);
  const page = await as(elm.manager).get(`${at()}/sign-ins`).expect(200);
  expect(page.text).toContain('3 sign-ins.');
  expect(page.text).toContain('oak, willow');
  await send(elm.manager, `${at()}/sign-ins/${one}/end`).expect(303);
  expect(await openOf(elm.beneficiary)).toBe(2);
  expect((await as(elm.manager).get(`${at()}/sign-ins/end`).expect(200)).text).toContain('2 sign-ins end at once');
  const { headers } = await send(elm.manager, `${at()}/sign-ins/end`).expect(303);
  expect(await openOf(elm.beneficiary)).toBe(0);
  const after = await as(elm.manager).get(headers['location']!).expect(200);
  expect(after.text).toContain('They are signed in nowhere now.');
  const kept = await em().find(AuditRow, { subjectId: elm.beneficiary, what: 'sign-in.end' });
  expect(kept).toHaveLength(3);
  expect(kept.every(({ who, detail }) => who === elm.manager && detail['reason'] === 'ended-by-manager')).toBe(true);
});

test('another person’s sign-in does not end by this person’s page, and only RA managers of where they are registered may', async () => {
  const own = await aSignIn(elm.beneficiary);
  const other = await aPerson(orm, { organisation: elm.code });
  const others = await aSignIn(other);
  await send(elm.manager, `${at()}/sign-ins/${others}/end`).expect(404);
  await send(elm.agent, `${at()}/sign-ins/${own}/end`).expect(403);
  await as(elm.agent).get(`${at()}/sign-ins`).expect(403);
  const oak = await anOrganisation(orm);
  await as(oak.manager).get(`${at()}/sign-ins`).expect(404);
  // Somebody who also works elsewhere is not that place's to close.
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: oak.code, jobRole: 'R8010' });
  expect((await as(oak.manager).get(at()).expect(200)).text).not.toContain('Close their Care ID');
  await send(oak.manager, `${at()}/close`, { reason: 'left' }).expect(404);
  expect([await openOf(elm.beneficiary), await openOf(other)]).toEqual([1, 1]);
});

test('suspending, closing and opening again: signed out everywhere, one generation more each time, told by letter, once for one key', async () => {
  const [key, person] = [randomUUID(), elm.beneficiary];
  await aSignIn(person);
  const page = await as(elm.manager).get(`${at()}/suspend`).expect(200);
  expect(page.text).toContain('1 sign-in ends');
  const { text } = await send(elm.manager, `${at()}/suspend`).expect(400);
  expect(text).toMatch(/<title>Error: Suspend the Care ID of Ben Adeyemi.*<a href="#reason">Select a reason/s);
  for (let n = 0; n < 2; n += 1) await send(elm.manager, `${at()}/suspend`, { key, reason: 'leave' }).expect(303);
  const row = () => em().findOneOrFail(PersonRow, { id: person });
  expect(await row()).toMatchObject({ state: 'suspended', generation: 2 });
  expect(await openOf(person)).toBe(0);
  expect((await as(elm.manager).get(at())).text).toContain('Open their Care ID again');

  await send(elm.manager, `${at()}/close`, { reason: 'left' }).expect(303);
  await send(elm.manager, `${at()}/suspend`, { reason: 'leave' }).expect(409);
  await send(elm.manager, `${at()}/reopen`, { reason: 'came-back' }).expect(303);
  expect(await row()).toMatchObject({ state: 'active', generation: 4 });
  const letters = await em().find(MailRow, { toId: person }, { orderBy: { queuedAt: 1 } });
  expect(letters.map(({ template }) => template)).toEqual(['person-suspended', 'person-closed', 'person-reopened']);
  const kept = await em().find(AuditRow, { subjectId: person, what: /^person\./ }, { orderBy: { at: 1 } });
  expect(kept.map(({ what, detail }) => [what, detail['reason']])).toEqual([
    ['person.suspend', 'leave'],
    ['person.close', 'left'],
    ['person.reopen', 'came-back'],
  ]);
});

test('nobody suspends themselves, and no RA agent anybody', async () => {
  await send(elm.agent, `${at()}/suspend`, { reason: 'leave' }).expect(403);
  await as(elm.manager).get(`/people/${elm.manager}/close`).expect(403);
  await send(elm.manager, `/people/${elm.manager}/close`, { reason: 'left' }).expect(403);
  expect(await em().findOneOrFail(PersonRow, { id: elm.manager })).toMatchObject({ state: 'active', generation: 1 });
});

test('each end is shown with every system’s answer and seconds; those that have not answered can be asked for', async () => {
  const other = await aPerson(orm, { named: 'Zoe Marsh', organisation: elm.code });
  const told = await aSignIn(elm.beneficiary);
  await aSignIn(other);
  await send(elm.manager, `${at()}/close`, { reason: 'left' }).expect(303);
  await send(elm.manager, `/people/${other}/sign-ins/end`).expect(303);
  await em().execute(
    `update sign_in_client set told_at = (select ended_at from sign_in where id = :told) + interval '1.25 seconds', answer = 'told', tries = 1, tell_at = null
     where sign_in = :told`,
    { told },
  );
  const { text } = await as(elm.manager).get(`/access-ends?organisation=${elm.code}`).expect(200);
  expect(text).toContain('2 ends.');
  expect(text).toContain('Every system was told in 1.3 seconds.');
  expect(text).toContain('Their Care ID was closed');
  expect(text).toContain('An RA manager ended it');
  const waiting = await as(elm.manager).get(`/access-ends?organisation=${elm.code}&waiting=yes`).expect(200);
  expect(waiting.text).toContain('Zoe Marsh');
  expect(waiting.text).not.toContain('Ben Adeyemi');
  await as(elm.agent).get('/access-ends').expect(403);
  const oak = await anOrganisation(orm);
  expect((await as(oak.manager).get('/access-ends')).text).toContain('Nobody’s sign-ins ended');

  const api = request(apiOf(deps()));
  const answer = await api.get('/v1/access-ends').query({ waiting: 'yes' }).set('X-Person', elm.manager).expect(200);
  expect(answer.body).toMatchObject({ count: 1, next: null, ends: [{ person: other, reason: 'ended-by-manager', slowest: null }] });
  expect(answer.body.ends[0].systems).toMatchObject([{ answer: 'waiting', seconds: null }, { answer: 'waiting' }]);
});

test('many ends come page by page, each once', async () => {
  for (let n = 0; n < 27; n += 1) {
    const person = await aPerson(orm, { organisation: elm.code });
    await aSignIn(person);
    await send(elm.manager, `/people/${person}/sign-ins/end`).expect(303);
  }
  const api = request(apiOf(deps()));
  const page = async (after?: string) =>
    (
      await api
        .get('/v1/access-ends')
        .query({ organisation: elm.code, ...(after && { after }) })
        .set('X-Person', elm.manager)
        .expect(200)
    ).body;
  const first = await page();
  const second = await page(first.next);
  expect([first.ends.length, second.ends.length, second.next]).toEqual([25, 2, null]);
  expect(new Set([...first.ends, ...second.ends].map(({ person }: { person: string }) => person)).size).toBe(27);
  expect((await as(elm.manager).get(`/access-ends?organisation=${elm.code}`)).text).toContain(
    `organisation=${elm.code}&amp;after=${first.next}`,
  );
});

test('the pages can be used by everybody, on a desk and on a phone', async () => {
  const gone = await aPerson(orm, { named: 'Zoe Marsh', organisation: elm.code });
  await aSignIn(gone);
  await send(elm.manager, `/people/${gone}/close`, { reason: 'left' }).expect(303);
  await aSignIn(elm.beneficiary);
  const served = await serve(webAs(deps(), elm.manager));
  const browser = await openBrowser();
  const pages = [
    [`${at()}/sign-ins`, 'Where Ben Adeyemi is signed in'],
    [`${at()}/sign-ins/end`, 'End every sign-in of Ben Adeyemi?'],
    [`${at()}/suspend`, 'Suspend the Care ID of Ben Adeyemi'],
    ['/access-ends', 'Time to zero access'],
    [`${at()}/enrolments/new`, 'Register how Ben Adeyemi signs in'],
    ['/enrolments', 'Registrations by a link'],
  ] as const;
  try {
    for (const narrow of [false, true]) {
      const { page, context } = await visit(browser, { narrow });
      for (const [path, heading] of pages) {
        await page.goto(`${served.url}${path}`);
        await on(page, heading);
      }
      await context.close();
    }
  } finally {
    await browser.close();
    await served.close();
  }
}, 90_000);
