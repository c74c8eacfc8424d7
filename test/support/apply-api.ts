/** Somebody who applies by a program: their token, and what it asks for. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { anEmployerLink, aPhotograph, hiddenIn } from './apply.ts';
import { apiOf } from './edges.ts';

export type Visit = Awaited<ReturnType<typeof aVisit>>;

export async function aVisit(deps: Deps) {
  const app = apiOf(deps);
  const { body } = await request(app).post('/v1/apply/sessions').send({}).expect(200);
  return withToken(deps, (body as { token: string }).token);
}

export function withToken(deps: Deps, token: string) {
  const app = apiOf(deps);
  const asked = (sending: request.Test) => sending.set('Authorization', `Bearer ${token}`);
  const writing = (path: string, key: string) => asked(request(app).post(`/v1/apply${path}`)).set('Idempotency-Key', key);
  return {
    token,
    get: (path: string) => asked(request(app).get(`/v1/apply${path}`)),
    post: (path: string, body: object = {}, key: string = randomUUID()) => writing(path, key).send(body),
    attach(path: string, field: string, files: readonly Buffer[], key: string = randomUUID()) {
      const sending = writing(path, key);
      for (const file of files) void sending.attach(field, file, 'photograph.jpg');
      return sending;
    },
  };
}

/** From a link to the questions' end. @returns the application's id */
export async function answerAll(deps: Deps, visit: Visit, organisation: string): Promise<string> {
  const link = await anEmployerLink(deps, organisation);
  const { body } = await visit.post(`/invitations/${link}/application`).expect(200);
  const own = '/application';
  await visit.post(`${own}/name`, { givenName: 'Zoë', familyName: "O'Néill" }).expect(200);
  await visit.post(`${own}/date-of-birth`, { day: '29', month: '2', year: '1996' }).expect(200);
  await visit.post(`${own}/national-insurance-number`, { has: 'yes', number: 'ab 12 34 56 c' }).expect(200);
  await visit.post(`${own}/contact`, { email: `zoe.${randomUUID()}@example.org`, mobile: '07700 900 123' }).expect(200);
  await visit.post(`${own}/job`, { job: 'Practice nurse' }).expect(200);
  return (body as { id: string }).id;
}

/** @returns the document's id */
export async function addPassport(visit: Visit, more: object = {}): Promise<string> {
  const { body } = await visit.post('/application/documents', { type: 'passport-with-chip', ...more }).expect(200);
  const { id } = body as { id: string };
  const says = { number: '123456789', issuer: 'Utopia', expiresDay: '1', expiresMonth: '2', expiresYear: '2031' };
  await visit.post(`/application/documents/${id}/description`, says).expect(200);
  await visit.attach(`/application/documents/${id}/photographs`, 'photographs', [await aPhotograph()]).expect(200);
  return id;
}

/** Everything up to the sending. @returns the application's id */
export async function fillIn(deps: Deps, visit: Visit, organisation: string): Promise<string> {
  const id = await answerAll(deps, visit, organisation);
  await addPassport(visit);
  await visit.attach('/application/photograph', 'photograph', [await aPhotograph()]).expect(200);
  await visit.post('/application/email-code').expect(200);
  const { code } = await hiddenIn(deps, id, 'application-code');
  await visit.post('/application/email-confirmation', { code }).expect(200, { next: null });
  return id;
}

/** @returns the application's id */
export async function applyByApi(deps: Deps, visit: Visit, organisation: string): Promise<string> {
  const id = await fillIn(deps, visit, organisation);
  await visit.post('/application/submission', { declared: 'yes' }).expect(200);
  return id;
}

export const rowOf = ({ orm }: Pick<Deps, 'orm'>, id: string) => orm.em.fork().findOneOrFail(ApplicationRow, { id });
