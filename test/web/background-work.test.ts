/** Work that belongs to no case, from an activity that fails to the manager who reads of it. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import request from 'supertest';
import { activityInterceptor } from '../../activities/interceptor.ts';
import { recordPlanned } from '../../db/open-case/background-work.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { renewalTerms } from '../../domain/certificate.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf, webAs } from '../support/edges.ts';
import { serve } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';
import { schedules } from '../../workers/schedules.ts';

let service: Service;
let elm: Organisation;
const id = `tidying-${randomUUID()}`;
beforeAll(async () => {
  service = await startService();
  elm = await anOrganisation(service.orm);
});
afterAll(() => service.stop());
beforeEach(async () => {
  await em().execute(`delete from background_work`);
  // What tests of before left undone is no work of this one.
  await em().nativeUpdate(MailRow, { state: 'queued' }, { state: 'failed' });
  await em().execute(`update sign_in_client set tell_at = null`);
  await recordPlanned(em(), [{ id, everySeconds: 60 }]);
});

const em = () => service.orm.em.fork();
const listed = async () =>
  (await request(apiOf(service.deps)).get('/v1/background-work').set('X-Person', elm.manager).expect(200)).body.work;
const board = async () => (await request(webAs(service.deps, elm.manager)).get('/open-cases').expect(200)).text;
const one = async (of = id) => (await listed()).find((work: { id: string }) => work.id === of);

/** One attempt of a step of a run that the schedule began. */
function attempt(what: string, act: () => Promise<unknown>, number = 1): Promise<unknown> {
  const info = {
    workflowExecution: { workflowId: `${id}-2026-11-25T09:00:00Z`, runId: randomUUID() },
    activityType: what,
    attempt: number,
  };
  return new MockActivityEnvironment(info, { interceptors: [activityInterceptor(service.orm)], logger: new DefaultLogger('ERROR') }).run(
    act,
  );
}
class StoreUnreachable extends Error {
  override name = 'StoreUnreachable';
}
const fails = () => Promise.reject(new StoreUnreachable('the words of it may name somebody'));

test('it is new, then on time, then failing with the class of what went wrong, and on time again', async () => {
  expect(await one()).toMatchObject({ health: 'new', goodAt: null });
  await attempt('tidy', async () => null);
  expect(await one()).toMatchObject({ health: 'on-time', goodAt: expect.any(String) });
  expect(await board()).toContain('All of it is on time');

  await expect(attempt('tidy', fails)).rejects.toThrow();
  await expect(attempt('tidy', fails, 2)).rejects.toThrow();
  expect(await one()).toMatchObject({ health: 'failing', nextTryAt: expect.any(String) });
  const page = await board();
  expect(page).toContain('Not all of it is on time');
  expect(page).toMatch(
    /Failing since \d\d:\d\d \(StoreUnreachable\); tried 2 times; (next try \d\d:\d\d|being tried now)\. Last good run: \d\d:\d\d/,
  );
  expect(page).not.toContain('may name somebody');

  await attempt('another', async () => null); // another step says nothing of this one
  expect(await one()).toMatchObject({ health: 'failing' });
  await attempt('tidy', async () => null, 3);
  expect(await one()).toMatchObject({ health: 'on-time' });
});

test('what has not run when it should have is late', async () => {
  await em().execute(`update background_work set good_at = now() - interval '20 minutes' where id = :id`, { id });
  expect(await one()).toMatchObject({ health: 'late', sentence: expect.stringMatching(/and not run: see whether the workflow worker/) });
  expect((await listed())[0]).toMatchObject({ id }); // worst first
});

test('letters that cannot be sent are told of, whatever case they are about or none', async () => {
  expect(await one('mail')).toMatchObject({ health: 'on-time', sentence: 'Nothing waits' });
  const letter = { organisation: elm.code, toKind: 'person' as const, toId: elm.sponsor, template: 'case-reminder' as const, data: {} };
  const about = { aboutKind: 'person', aboutId: elm.sponsor, queuedAt: new Date() };
  const tried = { state: 'queued' as const, attempts: 4, error: 'MailServerUnreachable', nextTryAt: new Date(Date.now() + 60_000) };
  await em().insert(MailRow, { id: randomUUID(), ...letter, ...about, ...tried });
  expect(await one('mail')).toMatchObject({
    health: 'failing',
    sentence: expect.stringMatching(/^1 waits\. 1 tried in vain\. Failing since .*\(MailServerUnreachable\); tried 4 times; next try/),
  });
});

test('each schedule is known to the managers, by words of its own', async () => {
  const retention = { draftDays: 1, evidenceDays: 1, endedDays: 1 };
  const planned = schedules({ renewal: renewalTerms, sweepEveryMinutes: 60, retention });
  await recordPlanned(em(), planned);
  await recordPlanned(em(), planned);
  const known = await listed();
  for (const each of planned) expect(known.filter((work: { id: string }) => work.id === each.id)).toHaveLength(1);
  const page = await board();
  expect(page).toContain('Opening renewals of certificates that end soon');
  expect(page).toContain('Telling systems that a sign-in is over');
});

test('only managers see it', async () => {
  const as = (person: string) => request(apiOf(service.deps)).get('/v1/background-work').set('X-Person', person);
  await as(elm.agent).expect(403, /NOT_PERMITTED/);
  await as(elm.sponsor).expect(403);
});

test('the board with what fails can be used by everybody, on a desk and on a phone', async () => {
  await expect(attempt('tidy', fails)).rejects.toThrow();
  const browser = await openBrowser();
  const served = await serve(webAs(service.deps, elm.manager));
  try {
    const { page } = await visit(browser);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${served.url}/open-cases`);
      await on(page, 'Open cases');
      await page.getByText('StoreUnreachable').waitFor(); // nothing has to be opened to see it
    }
  } finally {
    await served.close();
    await browser.close();
  }
});
