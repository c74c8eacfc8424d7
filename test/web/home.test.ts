/** What somebody sees after they signed in: their tasks, and how much waits in each. */
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import request from 'supertest';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf, webAs } from '../support/edges.ts';
import { serve } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const now = () => new Date();
const yesterday = () => new Date(Date.now() - 86_400_000);
const tomorrow = () => new Date(Date.now() + 86_400_000);

const aCase = (kind: string, waitsFor: string, changes: Partial<OpenCaseRow> = {}) =>
  service.orm.em
    .fork()
    .insert(OpenCaseRow, {
      kind,
      id: randomUUID(),
      organisation: elm.code,
      stage: 'waiting',
      waitsFor,
      holdsCard: false,
      openedAt: now(),
      since: now(),
      due: tomorrow(),
      ...changes,
    });
const tasksOf = async (person: string) => {
  const { body } = await request(apiOf(service.deps)).get('/v1/me/tasks').set('X-Person', person).expect(200);
  return Object.fromEntries(body.tasks.map(({ title, waits }: { title: string; waits: string[] }) => [title, waits]));
};

test('each task says how much waits, and how much of it is late; elsewhere counts for nobody here', async () => {
  await aCase('identity-proofing', 'id-checker');
  await aCase('identity-proofing', 'id-checker', { due: yesterday() });
  await aCase('identity-proofing', 'sponsor');
  await aCase('position-request', 'sponsor');
  await aCase('position-request', 'asker', { waitsForPerson: elm.agent });
  await aCase('card-issue', 'ra-agent', { waitsForPerson: elm.agent });
  await aCase('card-issue', 'printer', { waitsForPerson: elm.manager });
  await aCase('renewal', 'ra-agent', { due: yesterday() });
  await aCase('renewal', 'holder');
  await aCase('identity-proofing', 'id-checker', { organisation: (await anOrganisation(service.orm)).code });

  expect(await tasksOf(elm.agent)).toEqual({
    'Identity checks': ['2 wait to be checked, 1 late'],
    Applications: ['1 waits for somebody who expects them'],
    'Find a person': [],
    'Position requests': ['1 was sent back to you'],
    Smartcards: ['1 begun that you have'],
    Registrations: [],
    Renewals: ['1 ended, to be renewed in person, 1 late'],
  });
  expect(await tasksOf(elm.sponsor)).toMatchObject({ 'Position requests': ['1 waits for a sponsor'], Renewals: [] });
  expect(await tasksOf(elm.receptionist)).not.toHaveProperty('Position requests');
  await request(webAs(service.deps, elm.sponsor))
    .get('/')
    .expect(200, /1 waits for a sponsor/);
});

test('a manager is told how many cases are failing, stand still or are late; and where nothing waits, nothing is said', async () => {
  expect((await tasksOf(elm.manager))['Open cases']).toEqual([]);
  await aCase('card-issue', 'ra-agent', { failingSince: now() });
  await aCase('card-issue', 'ra-agent', { lostSince: now() });
  await aCase('position-request', 'sponsor', { nobodySince: now() });
  await aCase('position-request', 'sponsor', { due: yesterday() });
  await aCase('position-request', 'sponsor');
  expect((await tasksOf(elm.manager))['Open cases']).toEqual(['2 failing', '1 with nobody who can act', '1 late']);
});

test('more than anybody works through is counted no further, and the number of queries stays', async () => {
  const queriesFor = async () => {
    const execute = jest.spyOn(service.orm.em.getConnection(), 'execute');
    await tasksOf(elm.agent);
    const { length } = execute.mock.calls;
    execute.mockRestore();
    return length;
  };
  const before = await queriesFor();
  await service.orm.em.fork().execute(
    `insert into open_case (kind, id, organisation, stage, waits_for, since, opened_at, holds_card, due)
     select 'identity-proofing', gen_random_uuid(), :code, 'waiting', 'id-checker', now(), now(), false, now() - interval '1 hour'
     from generate_series(1, 1200)`,
    { code: elm.code },
  );
  expect(await queriesFor()).toBe(before);
  expect(before).toBeLessThanOrEqual(4);
  expect((await tasksOf(elm.agent))['Identity checks']).toEqual(['More than 1,000 wait to be checked, More than 1,000 late']);
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()), 60_000);
  afterAll(() => browser.close());

  test('the page can be used by everybody, on a desk and on a phone', async () => {
    await aCase('card-issue', 'ra-agent', { failingSince: now(), waitsForPerson: elm.manager });
    const served = await serve(webAs(service.deps, elm.manager));
    const { context, page } = await visit(browser);
    try {
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(served.url);
        await on(page, 'Your tasks');
      }
      await page.getByText('1 failing').waitFor();
    } finally {
      await context.close();
      await served.close();
    }
  });
});
