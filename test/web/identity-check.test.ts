import { ApplicationRow } from '../../db/application/application.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { anExpectedApplication, atWork, zoneOf } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';
import request from 'supertest';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
});

const as = (person: string) => request(webAs(service.deps, person));
const get = (path: string, person = elm.receptionist) => as(person).get(path);
const send = (path: string, fields: Record<string, string | string[]>, person = elm.receptionist) =>
  as(person)
    .post(path)
    .type('form')
    .send({ key: crypto.randomUUID(), ...fields });
/** Where a form led. */
const sent = async (path: string, fields: Record<string, string | string[]>): Promise<string> => {
  const { status, headers, text } = await send(path, fields);
  if (status !== 303) throw new Error(`${status}: ${[...text.matchAll(/<li><a href="#[^<]*|<h1[^<]*/g)].join(' ')}`);
  return headers['location'] as string;
};

const boxes = (name: string, day: string) => {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-');
  return { [`${name}-day`]: dayOfMonth, [`${name}-month`]: month, [`${name}-year`]: year };
};

test('a checker takes the next one, does every task on its page, verifies, and is offered the next', async () => {
  const id = await anExpectedApplication(service, elm);
  const { familyName } = await service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
  const other = await anExpectedApplication(service, elm, { givenName: 'Benedict' });
  await service.orm.em.fork().execute(`update open_case set due = now() + interval '30000 days' where id = ?`, [other]);
  const at = `/identity-checks/${id}`;
  await get('/identity-checks').expect(200, new RegExp(`Waiting \\(2\\).*Zoë ${familyName}`, 's'));

  expect(await sent('/identity-checks/next', {})).toBe(at);
  await get(at).expect(303).expect('Location', `${at}/declaration`);
  await get(`${at}/declaration`).expect(200, new RegExp(`Do you know Zoë ${familyName}`));
  expect(await sent(`${at}/declaration`, { declaration: 'unrelated', trained: 'yes' })).toBe(`${at}/go-on`);

  const [passport, licence, statement] = await atWork(service, elm.receptionist, id).documents();
  await get(`${at}/go-on`).expect('Location', `${at}/documents/${passport!.id}`);
  const seen = { seen: 'in-person', looksGenuine: 'yes', detailsAgree: 'yes', features: 'right' };
  const mrz = await zoneOf(service, passport!);
  await get(`${at}/documents/${passport!.id}`).expect(200, /Machine-readable zone/);
  const { text: left } = await send(`${at}/documents/${passport!.id}`, { asked: 'number printedOn mrz' }).expect(400);
  expect([...left.matchAll(/<li><a href="#([^"]*)/g)].map(([, field]) => field)).toEqual(
    ['seen', 'number', 'printedOn', 'mrz', 'detailsAgree', 'looksGenuine'], // prettier-ignore
  );
  expect(left).toContain('name="asked" value="number printedOn mrz"');
  const read = { ...seen, number: passport!.number!, mrz, ultraviolet: 'right', ...boxes('printedOn', '2031-02-01') };
  expect(await sent(`${at}/documents/${passport!.id}`, read)).toBe(`${at}/documents/${licence!.id}`);
  const readLicence = { ...seen, number: licence!.number!, ...boxes('printedOn', '2031-02-01') };
  expect(await sent(`${at}/documents/${licence!.id}`, readLicence)).toBe(`${at}/documents/${statement!.id}`);
  await get(`${at}/documents/${statement!.id}`).expect(
    200,
    /For example, 27 3 2026.*Is it in the applicant’s name, with an address that they say is theirs\?/s,
  );
  const readStatement = { ...seen, number: statement!.number!, ...boxes('printedOn', statement!.issuedOn!) };
  expect(await sent(`${at}/documents/${statement!.id}`, readStatement)).toBe(`${at}/face`);

  await get(`${at}/face`).expect(200, /Meet the person and compare their face/);
  const face = { against: passport!.id, method: 'in-person', document: 'same', cardPhotograph: 'same' };
  expect(await sent(`${at}/face`, face)).toBe(`${at}/address`);
  await get(`${at}/address`).expect(200, /In date until.*the person says it is theirs/s);
  expect(await sent(`${at}/address`, { shows: 'same' })).toBe(`${at}/fraud`);
  await get(`${at}/fraud`).expect(200, /Ask the sources/);
  expect(await sent(`${at}/fraud`, {})).toBe(`${at}/fraud`);
  expect((await get(`${at}/activity`).expect(200)).text).toContain('Nothing was shown: continue');
  const dealing = { 'shown-0-kind': 'bank', ...boxes('shown-0-from', '2024-01-01'), ...boxes('shown-0-to', '2026-10-31'), press: 'add' };
  expect(await sent(`${at}/activity`, dealing)).toBe(`${at}/activity`);
  await get(`${at}/activity`).expect(200, /33 months that join up/);
  const all = { 'shown-0-kind': 'bank', 'shown-0-from': '2024-01-01', 'shown-0-to': '2026-10-31', press: 'finish' };
  expect(await sent(`${at}/activity`, all)).toMatch(/outcome|fraud/);

  await get(at).expect(200, /Outcome/);
  await get(`${at}/fraud`).expect(200, /Nothing against them.*Go on/s);
  const { text } = await get(`${at}/outcome`).expect(200, /Verify: make a Care ID/);
  expect(await sent(`${at}/decision`, { key: keyIn(text), decision: 'verify' })).toBe(`${at}/decided`);
  await get(`${at}/decided`).expect(200, /Care ID <strong>\d{4} \d{4} \d{4}<\/strong>.*Take the next one/s);
  expect((await service.orm.em.fork().findOneOrFail(ApplicationRow, { id })).state).toBe('verified');
  expect(await sent('/identity-checks/next', {})).toBe(`/identity-checks/${other}`);
  await get('/identity-checks?view=done').expect(200, /Verified/);
  await get('/identity-checks?view=mine').expect(200, /Benedict/);
});
