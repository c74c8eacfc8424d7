import { createHash, randomUUID } from 'node:crypto';
import request from 'supertest';
import { createBearer } from '../../api/bearer.ts';
import { Unauthorised } from '../../api/edge.ts';
import { expect as expectPerson } from '../../commands/application.ts';
import { ApplicantVisitRow } from '../../db/application/applicant-visit.ts';
import { AuditRow } from '../../db/audit.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import { addPassport, answerAll, applyByApi, aVisit, fillIn, rowOf, withToken } from '../support/apply-api.ts';
import { anEmployerLink, aPhotograph, hiddenIn } from '../support/apply.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { atWork } from '../support/identity-check.ts';
import { aJpeg, aPngBomb, secret } from '../support/photos.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const em = () => service.orm.em.fork();
const api = () => request(apiOf(service.deps));
const visit = () => aVisit(service.deps);
const hidden = (id: string, template: Parameters<typeof hiddenIn>[2]) => hiddenIn(service.deps, id, template);
/** A code may be asked for every half minute: as if that had passed. */
const waitToAskAgain = () => em().execute(`update email_code set sent_at = sent_at - interval '1 minute'`);
const anotherCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

test('somebody applies from the link to the reference without a page, and sees where it stands', async () => {
  const zoe = await visit();
  const link = await anEmployerLink(service.deps, elm.code);
  const wayIn = await zoe.get(`/invitations/${link}`).expect(200).expect('Cache-Control', 'no-store');
  expect(wayIn.body).toMatchObject({ organisationName: 'Elm Surgery', retentionTerms: { draftDays: 30 } });
  expect((await zoe.get('/application').expect(200)).body.own).toBeNull();

  const id = await fillIn(service.deps, zoe, elm.code);
  const { own } = (await zoe.get('/application').expect(200)).body;
  expect(own).toMatchObject({
    state: 'draft',
    open: [],
    organisationName: 'Elm Surgery',
    answers: { familyName: "O'Néill", dateOfBirth: '1996-02-29', nationalInsuranceNumber: 'AB123456C', emailConfirmed: true },
    documents: [{ type: 'passport-with-chip', number: '123456789', expiresOn: '2031-02-01', isSent: false }],
  });

  await zoe.post('/application/submission', {}).expect(400);
  const sent = await zoe.post('/application/submission', { declared: 'yes' }, 'send').expect(200);
  expect(sent.body).toMatchObject({ id, state: 'submitted', organisation: elm.code });
  // The token speaks for the application now, and the same key still has the same answer.
  await zoe.post('/application/submission', { declared: 'yes' }, 'send').expect(200, sent.body);
  expect((await zoe.get('/application').expect(200)).body.own).toMatchObject({ state: 'submitted', reference: own.reference });
  const late = await zoe.post('/application/name', { familyName: 'Other' }).expect(409);
  expect(late.body.code).toBe('WRONG_STATE');

  const audit = await em().find(AuditRow, { subjectId: id });
  expect(audit.length).toBeGreaterThan(9);
  expect(audit.every(({ who, via }) => who === id && (via === 'api' || via === 'workflow'))).toBe(true);
});

test('what an answer lacks is said field by field, and nothing but what is asked is taken', async () => {
  const zoe = await visit();
  await answerAll(service.deps, zoe, elm.code);
  const wrong = await zoe.post('/application/date-of-birth', { day: '31', month: '2', year: '1996' }).expect(400);
  expect(wrong.body).toMatchObject({ code: 'INVALID', errors: [{ field: 'day', text: expect.any(String) }] });
  await zoe.post('/application/job', { job: 'Nurse', state: 'verified' }).expect(400);
  await zoe.post('/application/job', { job: 'Nurse' }, '').expect(400);
  const { body } = await zoe.post('/application/submission', { declared: 'yes' }).expect(400);
  expect(body.title).toMatch(/./);
});

test('a photograph is kept as a JPEG of our own, shown again, and taken away; the same key acts once', async () => {
  const zoe = await visit();
  const id = await answerAll(service.deps, zoe, elm.code);
  const document = await addPassport(zoe);
  const path = `/application/documents/${document}`;
  const file = await aJpeg();
  await zoe.attach(`${path}/photographs`, 'photographs', [file], 'twice').expect(200);
  await zoe.attach(`${path}/photographs`, 'photographs', [file], 'twice').expect(200);
  const other = await zoe.attach(`${path}/photographs`, 'photographs', [await aPhotograph()], 'twice').expect(422);
  expect(other.body.code).toBe('KEY_REUSED');

  const { photos } = (await zoe.get(path).expect(200)).body as { photos: string[] };
  expect(photos).toHaveLength(2);
  const shown = await zoe.get(`/application/photos/${photos[1]}`).expect(200).expect('Content-Type', 'image/jpeg');
  expect((shown.body as Buffer).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  expect((shown.body as Buffer).includes(secret)).toBe(false);

  await zoe.post(`${path}/photographs/${photos[0]}/removal`).expect(200);
  await zoe.post(`${path}/removal`).expect(200);
  expect(await em().count(PhotoRow, { application: id })).toBe(0);
  expect(await em().count(DocumentRow, { application: id })).toBe(0);
});

test.each([
  ['no file', async () => [], 'Choose a file'],
  ['text that is named .jpg', async () => [Buffer.from('MZ this is a program')], 'The file must be a JPEG, PNG, HEIC or PDF'],
  ['half a JPEG', async () => [(await aJpeg()).subarray(0, 900)], 'The file cannot be read'],
  ['a bomb of an image', async () => [aPngBomb(30_000)], 'The picture is too large'],
  ['10 MB and one byte', async () => [Buffer.concat([await aJpeg(), Buffer.alloc(10 * 1024 * 1024)])], 'must be smaller than 10 MB'],
  ['seven at once', async () => Promise.all(Array.from({ length: 7 }, aPhotograph)), 'Choose fewer files'],
])('%s is refused with what to do, and nothing is stored', async (_what, files, words) => {
  const zoe = await visit();
  const id = await answerAll(service.deps, zoe, elm.code);
  const { body: document } = await zoe.post('/application/documents', { type: 'passport-with-chip' }).expect(200);
  const { body, type } = await zoe.attach(`/application/documents/${document.id}/photographs`, 'photographs', await files()).expect(400);
  expect(type).toBe('application/problem+json');
  expect(body.code).toBe('INVALID');
  expect(JSON.stringify(body)).toContain(words);
  expect(await em().count(PhotoRow, { application: id })).toBe(0);
});

test('a body of files that is cut short, or is none, is refused and no fault', async () => {
  const zoe = await visit();
  await answerAll(service.deps, zoe, elm.code);
  const cut = zoe.post('/application/photograph').set('Content-Type', 'multipart/form-data; boundary=x');
  const { body } = await cut.send('--x\r\nContent-Disposition: form-data; name="photograph"; filename="a.jpg"\r\n\r\nabc').expect(400);
  expect(body).toMatchObject({ code: 'INVALID', errors: [{ text: 'The file could not be received. Choose it again' }] });
  await zoe.post('/application/photograph').set('Content-Type', 'multipart/form-data').send('nothing').expect(400);
});

test('what is another’s is 404: their documents and photographs, sent in or not', async () => {
  const [zoe, ben] = [await visit(), await visit()];
  await answerAll(service.deps, zoe, elm.code);
  const document = await addPassport(zoe);
  const { photos } = (await zoe.get(`/application/documents/${document}`)).body as { photos: string[] };
  for (const begun of [false, true]) {
    if (begun) await answerAll(service.deps, ben, elm.code);
    await ben.get(`/application/documents/${document}`).expect(404);
    await ben.get(`/application/photos/${photos[0]}`).expect(404);
    await ben.post(`/application/documents/${document}/removal`).expect(404);
    const { body } = await ben.attach(`/application/documents/${document}/photographs`, 'photographs', [await aPhotograph()]).expect(404);
    expect(body.code).toBe('NOT_FOUND');
  }
  await zoe.get('/application/documents/1').expect(404);
  await (await visit()).post('/application/withdrawal', { sure: 'yes' }).expect(404);
});

test('they answer what was asked, add evidence and withdraw, and are never told by whom', async () => {
  const zoe = await visit();
  const id = await applyByApi(service.deps, zoe, elm.code);
  await expectPerson.perform(service.deps, { kind: 'person', id: elm.sponsor, via: 'api', key: randomUUID() }, { id }, {});
  const asks = async (what: 'come-in-person' | 'clearer-photographs') => {
    const check = atWork(service, elm.agent, id);
    await check.take();
    await check.declare();
    await check.decide({ decision: 'ask-more', asks: [what] });
  };
  await asks('come-in-person');
  const early = await zoe.post('/application/evidence').expect(400);
  expect(early.body.code).toBe('INVALID'); // nothing was added
  const shown = await zoe.get('/application').expect(200);
  expect(shown.body.own).toMatchObject({ state: 'more-needed', asked: expect.stringMatching(/person/) });
  expect(shown.text).not.toContain(elm.agent);
  expect((await zoe.post('/application/answer').expect(200)).body.state).toBe('expected');

  const sent = (await rowOf(service.deps, id)).evidenceVersion;
  await addPassport(zoe);
  await zoe.attach('/application/photograph', 'photograph', [await aPhotograph()]).expect(200);
  await zoe.post('/application/evidence').expect(200);
  expect((await rowOf(service.deps, id)).evidenceVersion).toBe(sent + 1);

  const check = atWork(service, elm.agent, id);
  await check.take();
  await check.declare();
  await check.decide({ decision: 'refuse', reason: 'did-not-come', text: 'Twice' });
  await zoe.post('/application/withdrawal', {}).expect(400);
  const late = await zoe.post('/application/withdrawal', { sure: 'yes' }).expect(409);
  expect(late.body).toMatchObject({ code: 'WRONG_STATE', details: { state: 'refused' } });
  expect(late.text).not.toContain(elm.agent);
});

test('they withdraw, and that is the end of it', async () => {
  const zoe = await visit();
  const id = await applyByApi(service.deps, zoe, elm.code);
  await zoe.post('/application/withdrawal', { sure: 'yes' }, 'w').expect(200);
  await zoe.post('/application/withdrawal', { sure: 'yes' }, 'w').expect(200);
  expect((await rowOf(service.deps, id)).state).toBe('withdrawn');
  await zoe.post('/application/withdrawal', { sure: 'yes' }).expect(409);
});

test('a link alone opens nothing; the code opens it once, to the token it was given with', async () => {
  const id = await applyByApi(service.deps, await visit(), elm.code);
  const { link } = await hidden(id, 'application-received');
  const [zoe, thief] = [await visit(), await visit()];
  expect((await zoe.get(`/returns/${link}`).expect(200)).body).toEqual({});
  await waitToAskAgain();
  await zoe.post(`/returns/${link}/email-code`).expect(200, {});
  const { code = '' } = await hidden(id, 'application-code');
  const wrong = await zoe.post(`/returns/${link}/email-confirmation`, { code: anotherCode(code) }).expect(400);
  expect(wrong.body.title).toContain('4 tries left');
  expect((await zoe.get('/application').expect(200)).body.own).toBeNull();

  await zoe.post(`/returns/${link}/email-confirmation`, { code }, 'in').expect(200, { id });
  await zoe.post(`/returns/${link}/email-confirmation`, { code }, 'in').expect(200, { id });
  expect((await zoe.get('/application').expect(200)).body.own.state).toBe('submitted');

  const replayed = await thief.post(`/returns/${link}/email-confirmation`, { code }).expect(410);
  expect(replayed.body).toMatchObject({ code: 'EXPIRED', title: 'That code has been used. Ask for a new code' });
  expect((await thief.get('/application').expect(200)).body.own).toBeNull();
  await thief.get(`/returns/${'x'.repeat(43)}`).expect(410);
});

test('an expired code and a locked one are refused, saying to ask for a new one', async () => {
  const id = await applyByApi(service.deps, await visit(), elm.code);
  const { link } = await hidden(id, 'application-received');
  const zoe = await visit();
  const confirm = async (code: string) => zoe.post(`/returns/${link}/email-confirmation`, { code });
  await waitToAskAgain();
  await zoe.post(`/returns/${link}/email-code`).expect(200);
  const again = await zoe.post(`/returns/${link}/email-code`).expect(429);
  expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
  const { code = '' } = await hidden(id, 'application-code');
  await em().execute(`update email_code set expires_at = now() - interval '1 second' where application = ?`, [id]);
  expect((await confirm(code)).body).toMatchObject({ status: 410, code: 'EXPIRED' });

  await waitToAskAgain();
  await zoe.post(`/returns/${link}/email-code`).expect(200);
  const next = (await hidden(id, 'application-code')).code!;
  for (let tried = 0; tried < 5; tried++) await confirm(anotherCode(next));
  expect((await confirm(next)).body).toMatchObject({ status: 429, code: 'TOO_MANY_TRIES' });
});

test('a lost link is sent again to whoever knows the reference, and the answer does not say whether they did', async () => {
  const id = await applyByApi(service.deps, await visit(), elm.code);
  const { reference, email } = await rowOf(service.deps, id);
  const zoe = await visit();
  await zoe.post('/return-links', { reference, email: 'other@example.org' }).expect(200, {});
  await expect(hidden(id, 'application-link')).rejects.toThrow();
  await zoe.post('/return-links', { reference: reference.toLowerCase(), email: email!.toUpperCase() }).expect(200, {});
  expect((await hidden(id, 'application-link')).link).toMatch(/^[\w-]{43}$/);
});

test('a token is refused once it was left, idle or is too old; only its hash is kept', async () => {
  const zoe = await visit();
  const id = await applyByApi(service.deps, zoe, elm.code);
  const hash = createHash('sha256').update(zoe.token.replace('applicant-', '')).digest('base64url');
  const row = await em().findOneOrFail(ApplicantVisitRow, { hash });
  expect(row.application).toBe(id);
  expect(row.idleUntil.getTime() - Date.now()).toBeLessThanOrEqual(30 * 60_000);
  expect(JSON.stringify(row)).not.toContain(zoe.token.slice(12));

  await em().nativeUpdate(ApplicantVisitRow, { hash }, { idleUntil: new Date(Date.now() + 1000) });
  await zoe.get('/application').expect(200);
  expect((await em().findOneOrFail(ApplicantVisitRow, { hash })).idleUntil.getTime()).toBeGreaterThan(Date.now() + 29 * 60_000);
  const soon = new Date(Date.now() + 60_000);
  await em().nativeUpdate(ApplicantVisitRow, { hash }, { idleUntil: soon, endsAt: soon });
  await zoe.get('/application').expect(200);
  expect((await em().findOneOrFail(ApplicantVisitRow, { hash })).idleUntil).toEqual(soon);

  await zoe.post('/leave').expect(200);
  for (const refused of [zoe.get('/application'), zoe.post('/leave'), zoe.post('/application/withdrawal', { sure: 'yes' })]) {
    const { body } = await refused.expect(401).expect('WWW-Authenticate', 'Bearer');
    expect(body.code).toBe('UNAUTHORISED');
  }
  const idle = await visit();
  await em().nativeUpdate(ApplicantVisitRow, {}, { idleUntil: new Date(Date.now() - 1) });
  await idle.get('/application').expect(401);
  expect((await rowOf(service.deps, id)).state).toBe('submitted');
});

test('a person’s token opens nothing of an applicant’s, and an applicant’s nothing of the back office', async () => {
  const zoe = await visit();
  const id = await applyByApi(service.deps, zoe, elm.code);
  await api().get('/v1/apply/application').set('X-Person', elm.manager).expect(401);
  await withToken(service.deps, randomUUID()).get('/application').expect(401);
  await withToken(service.deps, `applicant-${'x'.repeat(43)}`)
    .get('/application')
    .expect(401);
  for (const path of [`/applications/${id}`, '/applications', '/me', '/open-cases'])
    await api().get(`/v1${path}`).set('Authorization', `Bearer ${zoe.token}`).expect(401);
  const link = await anEmployerLink(service.deps, elm.code);
  await api().post(`/v1/apply/invitations/${link}/application`).set('X-Person', elm.manager).set('Idempotency-Key', 'k').expect(401);
});

test('an applicant’s token is nothing that the authentication service is asked about', async () => {
  const { token } = await visit();
  const nobody = { issuer: 'http://127.0.0.1:1', clientId: 'care-identity-api', clientKey: '' };
  const bearer = createBearer({ orm: service.orm, ...nobody });
  await expect(bearer({ get: () => `Bearer ${token}` } as never)).rejects.toThrow(Unauthorised);
  await expect(bearer({ get: () => `Bearer ${randomUUID()}` } as never)).rejects.not.toThrow(Unauthorised);
});

test('staff see in JSON the photographs that the pages show them', async () => {
  const id = await applyByApi(service.deps, await visit(), elm.code);
  const photo = (await rowOf(service.deps, id)).photo!;
  const path = `/v1/applications/photos/${photo}`;
  await api().get(path).set('X-Person', elm.agent).expect(200).expect('Content-Type', 'image/jpeg').expect('Cache-Control', 'no-store');
  await api()
    .get(path)
    .set('X-Person', (await anOrganisation(service.orm)).agent)
    .expect(404);
});

test('the description of the API names the whole journey, its token and its files', async () => {
  const { paths, components } = (await api().get('/v1/openapi.json').expect(200)).body;
  expect(components.securitySchemes).toMatchObject({ bearer: { scheme: 'bearer' }, applicant: { scheme: 'bearer' } });
  expect(paths['/apply/sessions'].post).toMatchObject({ security: [], parameters: [] });
  const listed = Object.entries<Record<string, { security: object[] }>>(paths).filter(([path]) => path.startsWith('/apply/'));
  expect(listed).toHaveLength(28);
  for (const [path, methods] of listed.filter(([each]) => each !== '/apply/sessions'))
    for (const { security } of Object.values(methods)) expect({ path, security }).toEqual({ path, security: [{ applicant: [] }] });
  expect(paths['/applications/{id}'].get.security).toEqual([{ bearer: [] }]);

  const photographs = paths['/apply/application/documents/{document}/photographs'].post;
  expect(photographs.requestBody.content).toEqual({
    'multipart/form-data': {
      schema: expect.objectContaining({
        additionalProperties: false,
        required: ['photographs'],
        properties: { photographs: expect.objectContaining({ type: 'array', maxItems: 6 }) },
      }),
    },
  });
  expect(photographs.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'Idempotency-Key' }));
  expect(paths['/apply/application/photos/{photo}'].get.responses[200].content).toHaveProperty('image/jpeg');
});
