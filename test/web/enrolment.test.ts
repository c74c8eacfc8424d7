import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { PersonRow } from '../../db/person/person.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf, webAs } from '../support/edges.ts';
import { giveCode, registerBy } from '../support/enrolment.ts';
import { eventually } from '../support/eventually.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()), 90_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const em = () => service.orm.em.fork();
const as = (person: string) => request(webAs(service.deps, person));
const send = (person: string, path: string, form: Record<string, string> = {}) =>
  as(person)
    .post(path)
    .type('form')
    .send({ key: randomUUID(), ...form });

test('from the person to a key that signs in: how it is witnessed, the code, the number, done', async () => {
  const at = `/people/${elm.beneficiary}/enrolments`;
  expect((await as(elm.agent).get(`/people/${elm.beneficiary}`).expect(200)).text).toContain(`href="${at}/new"`);
  expect((await as(elm.agent).get(`${at}/new`).expect(200)).text).toContain('Register how Ben Adeyemi signs in');
  const { text } = await send(elm.agent, at).expect(400);
  expect(text).toMatch(/<title>Error: Register how Ben Adeyemi signs in.*<a href="#witnessing">Select how you see the person/s);

  const { headers } = await send(elm.agent, at, { witnessing: 'video' }).expect(303);
  const path = headers['location']!;
  const id = path.split('/').at(-1)!;
  await eventually(async () => expect((await as(elm.agent).get(path)).text).toContain('Read this code out to them'));
  const shown = await as(elm.agent).get(path);
  const code = /([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(shown.text)![1]!;
  expect(shown.text).toContain('By video');
  expect((await as(elm.manager).get(path).expect(200)).text).not.toContain(code);

  await giveCode(em(), { id, person: elm.beneficiary }, code.replace('-', ''));
  expect((await as(elm.agent).get(path)).text).toContain('They have given the code');
  await registerBy(em(), { id, person: elm.beneficiary, organisation: elm.code });
  expect((await as(elm.agent).get(path)).text).toContain('Which number does their device show?');
  expect((await send(elm.agent, `${path}/confirmation`, { number: '12' }).expect(400)).text).toContain(
    '<a href="#number">Enter the 6 digits',
  );
  expect((await send(elm.agent, `${path}/confirmation`, { number: '654321' }).expect(400)).text).toContain('4 tries are left');
  await send(elm.manager, `${path}/confirmation`, { number: '123456' }).expect(403);
  await send(elm.agent, `${path}/confirmation`, { number: '123 456' }).expect(303);
  expect((await as(elm.agent).get(path)).text).toContain('It signs in');

  expect((await as(elm.manager).get('/enrolments?state=over')).text).toContain('Ben Adeyemi');
  expect((await as(elm.manager).get('/enrolments?state=open')).text).toContain('There is none here.');
  const api = await request(apiOf(service.deps)).get(`/v1/enrolments/${id}`).set('X-Person', elm.manager).expect(200);
  expect(api.body).toMatchObject({ state: 'confirmed', witness: elm.agent, witnessing: 'video', code: null });
});

test('what stands in the way is said before it is begun; a witness may give up', async () => {
  const at = `/people/${elm.beneficiary}/enrolments`;
  await em().nativeUpdate(PersonRow, { id: elm.beneficiary }, { email: null });
  expect((await as(elm.agent).get(`${at}/new`)).text).toContain('This person has no e-mail address');
  await send(elm.agent, at, { witnessing: 'video' }).expect(409);
  await as(elm.sponsor).get(`${at}/new`).expect(403);
  expect((await as(elm.agent).get(`/people/${elm.agent}/enrolments/new`)).text).toContain('You cannot witness your own registration');

  await em().nativeUpdate(PersonRow, { id: elm.beneficiary }, { email: 'ben@example.org' });
  const { headers } = await send(elm.agent, at, { witnessing: 'face-to-face' }).expect(303);
  await send(elm.agent, `${headers['location']}/withdrawal`).expect(303);
  expect((await as(elm.agent).get(headers['location']!)).text).toContain('Withdrawn.');
});
