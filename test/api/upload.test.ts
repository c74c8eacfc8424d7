import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { createUploads } from '../../pages/upload.ts';
import { aVisit, answerAll } from '../support/apply-api.ts';
import { anOrganisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { listening } from '../support/half-sent.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());

const path = '/v1/apply/application/photograph';
const headersOf = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() });

test('files of a token that has no application are refused before they are read', async () => {
  const server = await listening(apiOf(service.deps));
  expect(await server.halfSend(path, { 'idempotency-key': randomUUID() }).answer).toMatchObject({ status: 401 });
  expect(await server.halfSend(path, headersOf(await aVisit(service.deps))).answer).toMatchObject({ status: 404 });
  server.close();
});

test('when as many as may be are being sent, the answer is 503, and to try again with the same key', async () => {
  const { code } = await anOrganisation(service.orm);
  const visit = await aVisit(service.deps);
  await answerAll(service.deps, visit, code);
  const app = apiOf(service.deps, createUploads(0));
  const { body, headers } = await request(app)
    .post(path)
    .set(headersOf(visit))
    .attach('photograph', Buffer.from('any'), 'a.jpg')
    .expect(503);
  expect(body).toMatchObject({ code: 'UNAVAILABLE', title: expect.stringContaining('same key') });
  expect(headers['retry-after']).toBe('10');
});
