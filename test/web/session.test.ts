import { createHmac, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { Redis } from 'ioredis';
import request from 'supertest';
import { setUpPages } from '../../pages/pages.ts';
import { derived, setUpSession } from '../../web/session.ts';
import { csrfFor, readCsrf } from '../../web/sign-in/csrf.ts';

const key = randomBytes(32);
const browser = randomBytes(16).toString('base64url');
const person = '00000000-0000-4000-8000-000000000001';

/** Pages whose Redis is not there. */
function anApp() {
  const redis = new Redis({ port: 1, maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true });
  redis.on('error', () => {});
  const app = express();
  setUpPages(app, fileURLToPath(new URL('../../web/', import.meta.url)), { serviceName: 'Care Identity Service', https: false });
  app.use(express.urlencoded({ extended: false }));
  setUpSession(app, { orm: undefined as never, redis, key, url: 'http://localhost:1' });
  return app;
}
const cookies = (signed: string) => [`care_web_browser=${browser}`, `care_web=s%3Aabc.${signed}`];
/** As express-session signs a session's id, so that it looks for one (cookie-signature: HMAC-SHA-256, base64 without padding). */
const signature = () => {
  const secret = derived(key, 'cookie').toString('base64');
  return encodeURIComponent(createHmac('sha256', secret).update('abc').digest('base64').replace(/=+$/, ''));
};

test('with Redis away nothing is done, and a form of ours comes back filled in, with its key', async () => {
  const form = { _csrf: csrfFor(key, browser, person), key: 'k-1', text: 'Ward <3>' };
  const answer = await request(anApp()).post('/x').set('Cookie', cookies(signature())).type('form').send(form).expect(503);
  expect(answer.headers['retry-after']).toBe('10');
  for (const text of ['Nothing is saved yet', 'name="key" value="k-1"', 'Ward &lt;3&gt;', `value="${form._csrf}"`])
    expect(answer.text).toContain(text);
});

test('what is no form of ours comes back with nothing of it', async () => {
  const { text } = await request(anApp()).post('/x').set('Cookie', cookies(signature())).type('form').send({ text: 'Planted' }).expect(503);
  expect(text).not.toContain('Planted');
});

test('a proof is of one browser and one person', () => {
  expect(readCsrf(key, browser, csrfFor(key, browser, person))).toBe(person);
  expect(readCsrf(key, browser, csrfFor(key, browser))).toBeNull();
  expect(readCsrf(key, 'another', csrfFor(key, browser, person))).toBeUndefined();
  expect(readCsrf(randomBytes(32), browser, csrfFor(key, browser, person))).toBeUndefined();
  const [, proof] = csrfFor(key, browser).split('.');
  expect(readCsrf(key, browser, `${person}.${proof}`)).toBeUndefined();
  for (const given of [undefined, '', '.', person, ['x']]) expect(readCsrf(key, browser, given)).toBeUndefined();
});
