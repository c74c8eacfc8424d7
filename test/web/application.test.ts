import request from 'supertest';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { aSubmittedApplication } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { aBrowser, hiddenIn, sent } from '../support/apply.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { atWork } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const as = (person: string) => request(webAs(service.deps, person));
const applied = () => aSubmittedApplication(service.deps, elm.code);
const caseOf = (id: string) => service.orm.em.fork().findOne(OpenCaseRow, { id });

test('a sponsor finds the application, says that the person is expected, and it waits for an ID checker', async () => {
  const id = await applied();
  await as(elm.sponsor)
    .get('/applications')
    .expect(200, /O&#39;Néill.*Not expected yet/s);
  const { text } = await as(elm.sponsor).get(`/applications/${id}`).expect(200);

  await as(elm.sponsor)
    .post(`/applications/${id}/expectation`)
    .type('form')
    .send({ key: keyIn(text) })
    .expect(303)
    .expect('Location', `/applications/${id}?done=expected`);
  await as(elm.sponsor)
    .get(`/applications/${id}?done=expected`)
    .expect(200, /Your answer is saved: you expect this person/);

  expect(await caseOf(id)).toMatchObject({ stage: 'to-check', waitsFor: 'id-checker' });
  await as(elm.sponsor)
    .get(`/applications/${id}`)
    .expect(200, /^(?!.*We expect this person).*waits for an ID checker/s);
  const audit = await service.orm.em.fork().findOne(AuditRow, { subjectId: id, what: 'application.expect' });
  expect(audit).toMatchObject({ who: elm.sponsor, organisation: elm.code });
});

test('a second press is answered the same; somebody else later is told who said so and when', async () => {
  const id = await applied();
  const press = (person: string, key: string) => as(person).post(`/applications/${id}/expectation`).type('form').send({ key });
  await press(elm.sponsor, 'k-1').expect(303);
  await press(elm.sponsor, 'k-1').expect(303);
  const { text } = await press(elm.agent, 'k-2').expect(409);
  expect(/<main.*<.main>/s.exec(text)?.[0]).toMatch(/waits for an ID checker.*Siân O’Brien/s);
});

test('somebody who is not expected is told, and nobody checks them', async () => {
  const id = await applied();
  await as(elm.sponsor)
    .post(`/applications/${id}/refusal`)
    .type('form')
    .send({ key: 'k' })
    .expect(400, /Select why you do not expect this person/);
  await as(elm.sponsor).post(`/applications/${id}/refusal`).type('form').send({ key: 'k', reason: 'unknown' }).expect(303);

  expect(await caseOf(id)).toBeNull();
  expect(await service.orm.em.fork().count(MailRow, { aboutId: id, template: 'application-declined' })).toBe(1);
});

test('a sponsor sees no date of birth and no documents; an RA agent does; another organisation sees nothing', async () => {
  const id = await applied();
  const other = await anOrganisation(service.orm);

  await as(elm.sponsor)
    .get(`/applications/${id}`)
    .expect(200, /^(?!.*29 February 1996)(?!.*Passport)/s);
  await as(elm.agent)
    .get(`/applications/${id}`)
    .expect(200, /29 February 1996.*Passport/s);
  await as(other.sponsor).get(`/applications/${id}`).expect(404);
  await as(other.sponsor).post(`/applications/${id}/expectation`).type('form').send({ key: 'k' }).expect(404);
  await as(elm.receptionist).post(`/applications/${id}/expectation`).type('form').send({ key: 'k' }).expect(403);
});

test('one that waits for its applicant goes on when they say that it is done, or a checker does', async () => {
  const browser = aBrowser(service.deps);
  const id = await applied();
  browser.caller.id = id;
  const post = (path: string, person: string) =>
    as(person)
      .post(`/applications/${id}/${path}`)
      .type('form')
      .send({ key: `${path}-${person}` });
  await post('expectation', elm.sponsor).expect(303);
  const waits = async () => {
    const check = atWork(service, elm.agent, id);
    await check.take();
    await check.declare();
    await check.decide({ decision: 'ask-more', asks: ['come-in-person'], text: 'Bring your passport' });
  };

  await waits();
  await browser
    .get('/apply/status')
    .expect(200, /<li class="care-break">Come and show your documents in person.*<li class="care-break">Bring your passport</s);
  expect(await sent(browser.send('/apply/answer', {}))).toBe('/apply/status');
  expect(await caseOf(id)).toMatchObject({ stage: 'to-check', waitsFor: 'id-checker' });

  await waits();
  expect(await caseOf(id)).toMatchObject({ stage: 'more-needed', waitsFor: 'applicant' });
  await post('resumption', elm.sponsor).expect(403);
  await as(elm.agent)
    .get(`/applications/${id}`)
    .expect(200, /Go on with the check/);
  await post('resumption', elm.agent).expect(303);
  expect(await caseOf(id)).toMatchObject({ stage: 'to-check', waitsFor: 'id-checker' });
  await browser.get('/apply/status').expect(200, /^(?!.*Bring your passport)/s);
});

test('an invitation goes out by e-mail, begins one application, and is then used up', async () => {
  const path = `/organisations/${elm.code}/invitations`;
  await as(elm.sponsor)
    .post(path)
    .type('form')
    .send({ key: 'k', email: 'nobody' })
    .expect(400, /Enter an e-mail address/);
  await as(elm.sponsor).post(path).type('form').send({ key: 'k', email: 'zoe@example.org', job: 'Practice nurse' }).expect(303);
  const { text } = await as(elm.sponsor)
    .get(path)
    .expect(200, /zoe@example\.org/);
  const id = /invitations\/([0-9a-f-]{36})\/cancellation/.exec(text)![1]!;
  const { link } = await hiddenIn(service.deps, id, 'invitation');

  const browser = aBrowser(service.deps);
  await browser.get(`/apply/invitation/${link}`).expect(200, /to join Elm Surgery/);
  await browser.get(`/apply?invitation=${link}`).expect(303).expect('Location', `/apply/invitation/${link}`);
  expect(await sent(browser.send(`/apply/invitation/${link}`, {}))).toBe('/apply/name');
  await as(elm.sponsor)
    .get(`/invitations/${id}/cancellation`)
    .expect(200, /Cancel the invitation to zoe@example\.org/);
  await as(elm.sponsor).post(`/invitations/${id}/cancellation`).type('form').send({ key: 'c' }).expect(303);
  await aBrowser(service.deps)
    .get(`/apply/invitation/${link}`)
    .expect(410, /Ask whoever gave it to you for a new one/);
  await as(elm.sponsor)
    .get(`/invitations/${id}/cancellation`)
    .expect(200, /was used or cancelled before/);
  await as((await anOrganisation(service.orm)).sponsor)
    .get(`/invitations/${id}/cancellation`)
    .expect(404);
});

test('an employer’s link can be shown again, and a new one ends it', async () => {
  const path = `/organisations/${elm.code}/invitations`;
  const linkIn = async () => /apply\/invitation\/([\w-]{43})/.exec((await as(elm.sponsor).get(path).expect(200)).text)?.[1];
  expect(await linkIn()).toBeUndefined();
  await as(elm.sponsor).post(`${path}/link`).type('form').send({ key: 'k-1' }).expect(303).expect('Location', `${path}?done=link`);
  await as(elm.sponsor)
    .get(`${path}?done=link`)
    .expect(200, /^(?!.*begins nothing more).*The link is made.*<a href="http[^"]*\/apply\/invitation\/[\w-]{43}">http/s);
  const first = await linkIn();
  expect(await linkIn()).toBe(first);
  await aBrowser(service.deps).get(`/apply/invitation/${first}`).expect(200);

  await as(elm.sponsor)
    .get(`${path}/new-link`)
    .expect(200, /The link you have ends/);
  expect(await linkIn()).toBe(first);
  await as(elm.sponsor).post(`${path}/new-link`).type('form').send({ key: 'k-2' }).expect(303).expect('Location', `${path}?done=new-link`);
  expect(await linkIn()).not.toBe(first);
  await aBrowser(service.deps).get(`/apply/invitation/${first}`).expect(410);
});
