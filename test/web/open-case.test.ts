import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import request from 'supertest';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { findOpenCase, OpenCaseRow } from '../../db/open-case/open-case.ts';
import { recordNobody } from '../../db/open-case/open-case-sweep.ts';
import { decide, submit } from '../../commands/position-request.ts';
import { anOrganisation, endPositionsOf, type Organisation } from '../support/database.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { startServiceOnRealTemporal } from '../support/real-temporal.ts';
import { unreachableTemporal } from '../support/service.ts';

let service: Awaited<ReturnType<typeof startServiceOnRealTemporal>>;
let elm: Organisation;
let id: string;
let page: string;

beforeAll(async () => void (service = await startServiceOnRealTemporal()), 60_000);
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  elm = await anOrganisation(service.orm);
  id = await requested();
  page = `/open-cases/position-request/${id}`;
});

async function requested(of = elm): Promise<string> {
  const caller = { kind: 'person' as const, id: of.agent, via: 'web' as const, key: randomUUID() };
  const asked = { beneficiary: of.beneficiary, position: of.position, startsOn: '2026-12-01', why: 'New starter' };
  const outcome = await submit.perform(service.deps, caller, { organisation: of.code }, submit.input.parse(asked));
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  return (outcome.answer as { id: string }).id;
}

const as = (person: string, changes: Partial<typeof service.deps> = {}) => request(webAs({ ...service.deps, ...changes }, person));
const open = (path: string, person = elm.manager) => as(person).get(path);
const text = async (path: string, person = elm.manager) => (await open(path, person).expect(200)).text.replace(/\s+/g, ' ');
/** What somebody reads, without the markup. */
const read = async (path: string, person = elm.manager) =>
  (await text(path, person))
    .replace(/<[^>]+>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/\s+/g, ' ');
/** Opens an act's page, and sends its form. */
const send = async (path: string, fields: object = {}, person = elm.manager) =>
  as(person)
    .post(path)
    .type('form')
    .send({ key: keyIn(await text(path, person)), ...fields });
const row = () => findOpenCase(service.orm.em.fork(), 'position-request', id);
const change = (values: Partial<OpenCaseRow>, of = id) => service.orm.em.fork().nativeUpdate(OpenCaseRow, { id: of }, values);
const lettersTo = (person: string) => service.orm.em.fork().find(MailRow, { toId: person, aboutId: id }, { orderBy: { queuedAt: 1 } });
const agoDays = (days: number) => new Date(Date.now() - days * 86_400_000);
async function until(holds: () => Promise<boolean>, seconds = 20): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > seconds * 10) throw new Error('It did not come about in time');
    await pause(100);
  }
}

test('a manager sees every open case of their organisations and of those below, and nobody else’s', async () => {
  const oak = await anOrganisation(service.orm, { name: 'Oak Clinic' });
  await requested(oak);
  const seen = await text('/open-cases');
  expect(seen).toContain('<h2>1 case</h2>');
  expect(seen).toMatch(/Ben Adeyemi<\/a><br>Position request, Elm Surgery<\/span><\/td>.*Submitted<br>Waits for a sponsor.*On time/);
  expect(seen).not.toContain('Oak Clinic');
  await open('/open-cases', elm.agent).expect(403);
  await open('/open-cases', elm.sponsor).expect(403);
  await open(page, oak.manager).expect(404);
  await open(page, elm.agent).expect(403);
  await open('/open-cases/position-request/nothing').expect(404);
  await open(`/open-cases/wishes/${id}`).expect(404);
  await open(`/open-cases/position-request/${randomUUID()}`).expect(404);
});

test('health is in words: late, nobody can act, and a printer that does not answer', async () => {
  await change({ due: agoDays(1) });
  expect(await text('/open-cases?health=late')).toContain('<h2>1 case found</h2>');
  expect(await read(page)).toMatch(/ Late It was due on/);

  await Promise.all([endPositionsOf(service.orm, elm.sponsor), endPositionsOf(service.orm, elm.otherSponsor)]);
  await recordNobody(service.orm.em.fork());
  expect(await read('/open-cases?health=nobody')).toMatch(/Nobody can act No sponsor is left at Elm Surgery/);

  const failing = { failingWhat: 'printCard', failingError: 'PrinterUnreachable', attempts: 7, nextTryAt: new Date(Date.now() + 600_000) };
  await change({ failingSince: new Date(), ...failing });
  expect(await read('/open-cases?health=failing')).toMatch(
    /Failing The printer has not answered since \d\d:\d\d; tried 7 times; next try (?:\d+ \w+ \d{4} at )?\d\d:\d\d/,
  );
  expect(await text('/open-cases?health=on-time')).toContain('No open case is like this');
});

test('while a printer fails it is the printer that is awaited; tried again just now is said', async () => {
  await change({
    waitsFor: 'printer',
    waitsForPerson: elm.agent,
    failingSince: new Date(),
    failingWhat: 'printCard',
    failingError: 'PrinterUnreachable',
  });
  expect(await read(page)).toMatch(/Waits for The printer Since/);
  const tried = { caseId: `position-request/${id}`, subjectKind: 'position-request', subjectId: id, organisation: elm.code };
  await service.orm.em
    .fork()
    .insert(AuditRow, {
      ...tried,
      id: randomUUID(),
      at: new Date(),
      who: elm.manager,
      via: 'web',
      what: 'open-case.retry',
      detail: { activities: 'printCard', letters: '0' },
    });
  const seen = await read(page);
  expect(seen).toMatch(/Failing It was tried again just now, at .* Before that: The printer has not answered/);
  expect(seen).not.toMatch(/printCard|letters: 0|activities:/);
});

test('ages are drawn, with the same numbers as a table; filters and pages keep to the address', async () => {
  await change({ openedAt: agoDays(10) });
  for (let n = 0; n < 26; n += 1)
    await service.orm.em
      .fork()
      .insert(OpenCaseRow, {
        kind: n % 2 ? 'renewal' : 'card-issue',
        id: randomUUID(),
        organisation: elm.code,
        stage: 'open',
        waitsFor: 'holder',
        openedAt: agoDays(2),
        since: new Date(Date.now() + n),
        holdsCard: false,
      });
  const seen = await text('/open-cases');
  expect(seen).toContain('Open cases by age: 1 to 2 days 26, 7 to 13 days 1');
  expect(seen).toMatch(/<svg [^>]*role="img" aria-labelledby="age-chart-words"/);
  expect(await read('/open-cases')).toContain('Smartcard 0 13 0 0 0 0 13');
  expect(seen).toContain('<h2>27 cases</h2>');
  const next = /href="(\/open-cases\?after=[^"]+)" rel="next"/.exec(seen)![1]!;
  expect((await text(next)).match(/href="\/open-cases\/[a-z-]+\/[0-9a-f-]{36}"/g)).toHaveLength(2);
  expect(await text('/open-cases?kind=renewal')).toContain('<h2>13 cases found</h2>');
  expect(await text(`/open-cases?organisation=${elm.code.toLowerCase()}`)).toContain('<h2>27 cases found</h2>');
  expect(await text('/open-cases?organisation=ZZZ99')).toContain('<h2>0 cases found</h2>');
  await open('/open-cases?after=rubbish').expect(200);
});

test('the page of a case tells its whole story, and what is running', async () => {
  const seen = await text(page);
  expect(seen).toMatch(/<h1>Ben Adeyemi<\/h1>/);
  expect(seen).toMatch(/A position was asked for<\/strong>.*Aisha Khan/);
  expect(seen).toMatch(/Running since .* it waits/);
  const away = await as(elm.manager, { temporal: unreachableTemporal(), answerWithinMs: 500 }).get(page).expect(200);
  expect(away.text).toContain('cannot be asked just now');
  expect(away.text).toContain('A position was asked for');
});

test('what fails shows within seconds; retry says what it would do, and does it at once', async () => {
  service.hooks.beforeRecord = () => Promise.reject(new Error(`connect ECONNREFUSED for ${elm.beneficiary}`));
  const caller = { kind: 'person' as const, id: elm.sponsor, via: 'web' as const, key: randomUUID() };
  const saving = await decide.perform({ ...service.deps, answerWithinMs: 500 }, caller, { id }, { decision: 'approve' });
  expect(saving.is).toBe('saving');
  await until(async () => (await row()).attempts >= 5);

  expect(await text(page)).toMatch(/Saving what was decided has failed since \d\d:\d\d; tried \d times; (next try|being tried)/);
  expect(await text(`${page}/retry`)).toMatch(/Saving what was decided: tried \d times/);
  service.hooks.beforeRecord = async () => {};
  const began = Date.now();
  expect((await send(`${page}/retry`)).headers['location']).toBe(`${page}?done=retry`);
  await until(async () => (await service.orm.em.fork().count(OpenCaseRow, { id })) === 0, 5);
  expect(Date.now() - began).toBeLessThan(5000);

  const seen = await text(page);
  expect(seen).toContain('This case is over');
  expect(seen).toMatch(/A manager had it tried again<\/strong>.*Mary Okafor.*Tried again: Saving what was decided/);
  expect((await open(`${page}/retry`)).status).toBe(409);
});

test('with nothing failing there is nothing to retry', async () => {
  expect(await text(`${page}/retry`)).toContain('there is nothing to try again');
  await as(elm.manager)
    .post(`${page}/retry`)
    .type('form')
    .send({ key: 'k' })
    .expect(409, /Nothing of this case is failing/);
});

test('a reminder names whom it goes to, and goes to them', async () => {
  const seen = await text(`${page}/reminder`);
  expect(seen).toContain('Siân O’Brien');
  expect(seen).toContain('Owen Price');
  const before = (await lettersTo(elm.sponsor)).length;
  const sent = await send(`${page}/reminder`);
  expect([sent.status, sent.headers['location']]).toEqual([303, `${page}?done=reminder`]);
  expect(await read(`${page}?done=reminder`)).toContain('The reminder is sent');
  const letters = await lettersTo(elm.sponsor);
  expect(letters.slice(before).map(({ template }) => template)).toEqual(['position-request-reminder']);
});

test('a case is handed to somebody who could have it, and to nobody else', async () => {
  const seen = await text(`${page}/hand-over`);
  expect(seen).toContain(`value="${elm.otherSponsor}"`);
  for (const person of [elm.beneficiary, elm.agent, elm.trustSponsor]) expect(seen).not.toContain(person);
  const wrong = await send(`${page}/hand-over`, { to: elm.beneficiary });
  expect(wrong.status).toBe(400);
  expect(wrong.text).toContain('Select one of the people who could have this case');
  expect((await send(`${page}/hand-over`, {})).text).toContain('Select who the case goes to');
  expect((await send(`${page}/hand-over`, { to: elm.otherSponsor })).status).toBe(303);
  expect(await row()).toMatchObject({ waitsForPerson: elm.otherSponsor });
  expect(await text(page)).toContain('Owen Price');
});

test('a case is ended with a reason; whoever it is about is told, and its story stays', async () => {
  expect(await text(`${page}/end`)).toContain('The request ends without a position');
  const missing = await send(`${page}/end`, { words: '<b>Not</b> coming' });
  expect(missing.status).toBe(400);
  expect(missing.text).toContain('Select why the case is ended');
  expect(missing.text).toContain('&lt;b&gt;Not&lt;/b&gt; coming');
  expect((await send(`${page}/end`, { reason: 'person-left', words: '<b>Not</b> coming' })).status).toBe(303);
  await service.over(id);
  expect(await service.orm.em.fork().count(OpenCaseRow, { id })).toBe(0);
  const seen = await read(page);
  expect(seen).toMatch(/The case was ended by a manager [^,]*, Mary Okafor/);
  expect(seen).toContain('Why: The person has left or is not joining');
  expect(seen).toContain('In words: <b>Not</b> coming');
  expect((await lettersTo(elm.beneficiary)).map(({ template }) => template)).toContain('case-ended');
  expect((await open(`${page}/end`)).status).toBe(409);
});

test('one that holds a card ends only when a second manager agrees, who is somebody else', async () => {
  await change({ holdsCard: true });
  expect(await text(`${page}/end`)).toContain('only when a second manager agrees');
  expect((await send(`${page}/end`, { reason: 'fraud', words: 'Not who they say' })).status).toBe(303);
  expect(await service.orm.em.fork().count(OpenCaseRow, { id })).toBe(1);

  const mine = await text(page);
  expect(mine).toContain('Somebody asks to end this case');
  expect(mine).toMatch(/Fraud is suspected: Not who they say/);
  expect(mine).not.toContain('Agree, and end the case');
  const ending = /endings\/([0-9a-f-]{36})\//.exec(mine)![1]!;
  await as(elm.manager)
    .post(`${page}/endings/${ending}/agreement`)
    .type('form')
    .send({ key: 'k' })
    .expect(403, /somebody else has to agree/);
  await as(elm.agent).post(`${page}/endings/${ending}/agreement`).type('form').send({ key: 'k' }).expect(403);
  expect((await send(`${page}/end`, { reason: 'other', words: 'Again' })).text).toContain('already, and a second person has to agree');

  const other = (await anOrganisation(service.orm)).manager;
  await service.orm.em.fork().execute(`update role_profile set organisation = :trust where person = :other`, { trust: elm.trust, other });
  expect(await text(page, other)).toContain('Agree, and end the case');
  const agree = () => as(other).post(`${page}/endings/${ending}/agreement`).type('form').send({ key: 'agreed' });
  expect([(await agree()).status, (await agree()).status]).toEqual([303, 303]);
  await service.over(id);
  expect(await service.orm.em.fork().count(OpenCaseRow, { id })).toBe(0);
});

test('a wish to end it can be withdrawn', async () => {
  await change({ holdsCard: true });
  await send(`${page}/end`, { reason: 'fraud', words: 'A mistake' });
  const ending = /endings\/([0-9a-f-]{36})\//.exec(await text(page))![1]!;
  await as(elm.manager).post(`${page}/endings/${ending}/withdrawal`).type('form').send({ key: 'w' }).expect(303);
  expect(await text(page)).not.toContain('Somebody asks to end this case');
  expect(await text(page)).toContain('The wish to end it was withdrawn');
});
