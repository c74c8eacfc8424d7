import type { MikroORM } from '@mikro-orm/postgresql';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { PersonRow } from '../../db/person/person.ts';
import { PositionRequestDraftRow } from '../../db/position-request/position-request-draft.ts';
import {
  anOrganisation,
  aPerson,
  aPosition,
  aRoleProfile,
  databaseOfThisWorker,
  endPositionsOf,
  type Organisation,
} from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { keyIn, webAs } from '../support/edges.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

// Nothing here reaches a workflow.
const as = (person: string) => request(webAs({ orm, answerWithinMs: 1000, sealingKey: Buffer.alloc(32, 7) } as unknown as Deps, person));
const send = (person: string, path: string, form: Record<string, string>) => as(person).post(path).type('form').send(form);
const boxes = (name: string, day: string) => {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-');
  return { [`${name}-day`]: dayOfMonth, [`${name}-month`]: month, [`${name}-year`]: year };
};

test('what is typed to find somebody is sent, never put in an address; the answer lists who was found', async () => {
  const form = keyIn((await as(elm.agent).get('/people').expect(200)).text);
  const { headers } = await send(elm.agent, '/people/searches', { key: form, text: 'Adeyemi ben' }).expect(303);
  expect(headers['location']).toMatch(/^\/people\/searches\/[0-9a-f-]{36}$/);

  const { text } = await as(elm.agent).get(headers['location']!).expect(200);
  expect(text).toContain('1 person found for ‘Adeyemi ben’');
  expect(text).toContain(`href="/people/${elm.beneficiary}">Ben Adeyemi</a>`);
  expect(text).toContain('17 May 1990');
  await as(elm.manager).get(headers['location']!).expect(404);
});

test('a sponsor finds people without their dates of birth', async () => {
  const { headers } = await send(elm.sponsor, '/people/searches', { key: 'k', text: 'ben' }).expect(303);
  const { text } = await as(elm.sponsor).get(headers['location']!).expect(200);
  expect(text).toContain('Ben Adeyemi');
  expect(text).not.toContain('1990');
});

test('names that are markup are shown as text', async () => {
  await aPerson(orm, { named: '<script>alert(1)</script> <b>Bold</b>', organisation: elm.code });
  const { headers } = await send(elm.agent, '/people/searches', { key: 'k', text: 'bold' }).expect(303);
  const { text } = await as(elm.agent).get(headers['location']!).expect(200);
  expect(text).toContain('&lt;b&gt;Bold&lt;/b&gt;');
  expect(text).not.toContain('<b>Bold');
});

test.each([
  ['nothing', '', 'Enter a name, a Care ID'],
  ['half a Care ID', '1234', 'A Care ID has 12 numbers'],
])('%s typed comes back with what to enter', async (_what, typed, message) => {
  const { text } = await send(elm.agent, '/people/searches', { key: 'k', text: typed }).expect(400);
  expect(text).toMatch(new RegExp(`<title>Error: Find a person.*<a href="#text">${message}`, 's'));
});

const ask = () => `/people/${elm.beneficiary}/organisations/${elm.code}/position-requests`;
const filled = (changes: Record<string, string> = {}) => ({
  key: 'k-1',
  position: elm.position,
  ...boxes('startsOn', inDays(3)),
  ...boxes('endsOn', inDays(100)),
  why: 'Front <desk>',
  ...changes,
});

test('what is asked for is checked before it is sent, in plain words, and can be changed', async () => {
  await as(elm.agent)
    .get(`/people/${elm.beneficiary}/position-requests/new`)
    .expect(200, /Elm Surgery.*2 sponsors/s);
  await as(elm.agent)
    .get(`${ask()}/new`)
    .expect(200, /Books appointments and sees summary health records/);
  const { headers } = await send(elm.agent, ask(), filled()).expect(303);

  const { text } = await as(elm.agent).get(headers['location']!).expect(200);
  for (const words of [
    'Ben Adeyemi',
    'Elm Surgery',
    'Receptionist',
    'Books appointments',
    'Front &lt;desk&gt;',
    'at 08:00',
    'Send the request',
  ]) {
    expect(text).toContain(words);
  }
  const draft = headers['location']!.split('/').at(-1)!;
  await as(elm.agent)
    .get(`${ask()}/new?draft=${draft}`)
    .expect(200, /checked[^>]*>.*Front &lt;desk&gt;<\/textarea>/s);
  await as(elm.manager).get(headers['location']!).expect(404);
  await send(elm.agent, ask(), filled()).expect(303).expect('Location', headers['location']!);
  expect(await orm.em.fork().count(PositionRequestDraftRow, { asker: elm.agent })).toBe(1);
});

test.each<[string, () => Record<string, string>, string, string]>([
  ['no position', () => ({ position: '' }), 'position', 'Select a position'],
  ['a day that is none', () => boxes('startsOn', '2027-02-30'), 'startsOn', 'Enter the first day'],
  ['a day that has passed', () => boxes('startsOn', inDays(-1)), 'startsOn', 'The start date must be today or later'],
  ['an end before the start', () => boxes('endsOn', inDays(2)), 'endsOn', 'The end date must be the start date, or later'],
  ['no reason', () => ({ why: ' ' }), 'why', 'Enter why this person needs the position'],
  ['too long a reason', () => ({ why: 'x'.repeat(501) }), 'why', 'Enter 500 characters or fewer'],
])('%s comes back at its own field, with all that was typed', async (_what, changes, field, message) => {
  const { text } = await send(elm.agent, ask(), filled(changes())).expect(400);
  expect(text).toContain(`<a href="#${field}">${message}`);
  expect(text).toMatch(new RegExp(` id="${field}"`));
  expect(text).toContain(`name="endsOn-year" type="text" value="`);
  if (field !== 'why') expect(text).toContain('Front &lt;desk&gt;</textarea>');
});

test('a position of another organisation, or none at all, is not taken', async () => {
  const elsewhere = await aPosition(orm, { organisation: elm.trust });
  for (const position of [elsewhere, elm.beneficiary]) {
    await send(elm.agent, ask(), filled({ position })).expect(400, /Select a position of this organisation/);
  }
});

test('that nobody could decide it is said before it is sent', async () => {
  await endPositionsOf(orm, elm.otherSponsor);
  const { headers } = await send(elm.agent, ask(), filled()).expect(303);
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { checkedBy: elm.sponsor });
  const { text } = await as(elm.agent).get(headers['location']!).expect(200);
  expect(text).toContain('Nobody at Elm Surgery could decide this request');
  expect(text).not.toContain('Send the request');
  await as(elm.agent)
    .get(`${ask()}/new`)
    .expect(200, /Nobody could decide this request/);
});

test('a conflict of roles is said before it is sent, and refused if it is sent all the same', async () => {
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.trust, jobRole: 'R5090' });
  const position = await aPosition(orm, { organisation: elm.code, name: 'Sponsor', jobRole: 'R8011', activities: ['B1300'] });
  const { headers } = await send(elm.agent, ask(), filled({ position })).expect(303);
  await as(elm.agent)
    .get(headers['location']!)
    .expect(200, /^(?!.*Send the request).*This person would be both/s);
  const draft = headers['location']!.split('/').at(-1)!;
  const form = { key: 'k-2', beneficiary: elm.beneficiary, position, startsOn: inDays(3), why: 'x' };
  await send(elm.agent, `/organisations/${elm.code}/position-requests/drafts/${draft}`, form).expect(
    400,
    /Error: .*This person would be both/s,
  );
});

test('nobody asks for themselves, where they have no role, or for somebody they cannot see', async () => {
  await as(elm.agent)
    .get(`/people/${elm.agent}/organisations/${elm.code}/position-requests/new`)
    .expect(403, /You cannot ask for a position for yourself/);
  await as(elm.sponsor)
    .get(`${ask()}/new`)
    .expect(403, /Only an RA manager or an RA agent of Elm Surgery can ask for a position/);
  const oak = await anOrganisation(orm);
  await as(oak.agent).get(`${ask()}/new`).expect(404);
  await as(elm.agent).get(`/people/${oak.beneficiary}/position-requests/new`).expect(404);
});

test('one’s own page says what one holds until when, and takes a change of contact details', async () => {
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.code, jobRole: 'R8009', endsOn: '2099-06-30' });
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { nationalInsuranceNumber: 'QQ123456C' });
  await as(elm.beneficiary)
    .get('/me')
    .expect(200, /^(?!.*Renew your own smartcard).*Your details.*National Insurance number.*QQ 12 34 56 C.*1 July 2099 at 08:00/s);
  await send(elm.beneficiary, '/me/contact', { key: 'k', email: 'no', mobile: 'no' }).expect(400, /href="#email".*href="#mobile"/s);
  await send(elm.beneficiary, '/me/contact', { key: 'k', email: 'ben@example.net' }).expect(303).expect('Location', '/me?done=contact');
});
