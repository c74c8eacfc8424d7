/** Test people are nobody: production refuses them, and what is about people who exist leaves them out. */
import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import request from 'supertest';
import { actOnTestPerson, endTestRole } from '../../commands/sandbox-acts.ts';
import { listTestPeople, previewTestAct, showTestPerson, testPersonForm, whereToMakeTestPeople } from '../../commands/sandbox.ts';
import { listAccessEnds } from '../../commands/sign-in.ts';
import { readConfig } from '../../config.ts';
import { claimEnvironment } from '../../db/environment.ts';
import { candidatesFor } from '../../db/identity-check/duplicate.ts';
import { createOrm } from '../../db/orm.ts';
import { recordSandboxPerson, SandboxPersonRow } from '../../db/sandbox/sandbox-person.ts';
import { renewableCertificates } from '../../db/smartcard/renewal.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { PersonRow } from '../../db/person/person.ts';
import { sandboxOf } from '../../workers/sandbox.ts';
import { databaseUrl, executeAsAdmin } from '../support/admin.mjs';
import { aConnectionManager } from '../support/connection.ts';
import { anOrganisation, aPerson } from '../support/database.ts';
import { apiOf, webAs } from '../support/edges.ts';
import { anExpectedApplication } from '../support/identity-check.ts';
import { startSandbox } from '../support/sandbox.ts';
import { aTestPerson } from '../support/test-person.ts';
import { startService } from '../support/service.ts';

let service: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => void (service = await startSandbox()));
afterAll(() => service.stop());
const em = () => service.orm.em.fork();

describe('in production', () => {
  let orm: MikroORM;
  const name = `care_sandbox_${randomUUID().slice(0, 8)}`;
  beforeAll(async () => {
    await executeAsAdmin(`create database ${name} template ${process.env['TEST_TEMPLATE']}`);
    orm = await createOrm(databaseUrl(name));
    await claimEnvironment(orm.em.fork(), 'production');
  });
  afterAll(async () => {
    await orm.close();
    await executeAsAdmin(`drop database ${name}`);
  });

  test('the database refuses test people, made by the real step, by hand, or brought in', async () => {
    const elm = await anOrganisation(orm);
    const noah = await aConnectionManager(orm, elm.code);
    const cause = { id: `test/${randomUUID()}`, at: new Date(), who: noah, via: 'web' as const, caseId: null };
    const asked = { id: randomUUID(), organisation: elm.code, names: 'ordinary', level: 3, method: 'link', roles: [] } as const;
    const options = { roles: [], hasEmail: true, isSuspended: false, roleEndsSoon: false };
    const making = orm.em
      .fork()
      .transactional((tx) => recordSandboxPerson(tx, cause, { ...asked, ...options }, { key: Buffer.alloc(32), secrets: {} }));
    await expect(making).rejects.toThrow('test people are refused');
    expect(await orm.em.fork().count(PersonRow, { id: asked.id })).toBe(0);
    await expect(
      orm.em
        .fork()
        .execute(
          `insert into sandbox_person (person, organisation, made_by, made_at, expires_at, names, method) values (:noah, :code, :noah, now(), now(), 'ordinary', 'link')`,
          { noah, code: elm.code },
        ),
    ).rejects.toThrow('test people are refused');
    expect(await orm.em.fork().count(SandboxPersonRow)).toBe(0);
  });

  test('a database that held test people never starts as production', async () => {
    await expect(claimEnvironment(em(), 'production')).rejects.toThrow('cannot be used as production');
    await expect(claimEnvironment(orm.em.fork(), 'dev')).rejects.toThrow('cannot be used as dev');
  });

  test('no page, no route of the API, no task and no activity is there', async () => {
    const deps = { ...service.deps, sandbox: null };
    const elm = await anOrganisation(service.orm);
    const noah = await aConnectionManager(service.orm, elm.code);
    const web = request(webAs(deps, noah));
    for (const path of ['/sandbox', '/sandbox/new', `/organisations/${elm.code}/sandbox/new`, `/sandbox/${randomUUID()}`])
      await web.get(path).expect(404);
    await web.post(`/organisations/${elm.code}/sandbox`).type('form').send({ key: randomUUID() }).expect(404);
    const start = await web.get('/').expect(200);
    expect(start.text).toContain('Connected systems');
    expect(start.text).not.toContain('Test people');
    const api = request(apiOf(deps));
    await api.get('/v1/sandbox').set('X-Person', noah).expect(404);
    expect(JSON.stringify((await api.get('/v1/openapi.json').expect(200)).body)).not.toContain('sandbox/');
    expect(JSON.stringify((await request(apiOf(service.deps)).get('/v1/openapi.json')).body)).toContain('/sandbox/{person}');

    const bare = await startService({ reaching: { sandbox: null } });
    try {
      await expect(aTestPerson(bare, noah, elm.code, { method: 'link' })).rejects.toThrow('There is nothing here that you can see');
    } finally {
      await bare.stop();
    }
  });

  test('no command does anything there, even if it were reached', async () => {
    const deps = { ...service.deps, sandbox: null };
    const elm = await anOrganisation(service.orm);
    const noah = await aConnectionManager(service.orm, elm.code);
    const person = await aTestPerson(service, noah, elm.code, { method: 'link' });
    const reader = { kind: 'person', id: noah, via: 'api' } as const;
    const writer = () => ({ ...reader, key: randomUUID() });
    const nothing = { code: 'NOT_FOUND' };
    await expect(aTestPerson({ ...service, deps }, noah, elm.code, { method: 'link' })).rejects.toMatchObject(nothing);
    await expect(listTestPeople.perform(deps, reader, {}, {})).rejects.toMatchObject(nothing);
    await expect(whereToMakeTestPeople.perform(deps, reader, {}, {})).rejects.toMatchObject(nothing);
    await expect(testPersonForm.perform(deps, reader, { organisation: elm.code }, {})).rejects.toMatchObject(nothing);
    await expect(showTestPerson.perform(deps, reader, { person }, {})).rejects.toMatchObject(nothing);
    await expect(previewTestAct.perform(deps, reader, { person, act: 'remove' }, {})).rejects.toMatchObject(nothing);
    await expect(actOnTestPerson.perform(deps, writer(), { person }, { act: 'remove' })).rejects.toMatchObject(nothing);
    await expect(endTestRole.perform(deps, writer(), { person }, { role: '1'.repeat(12) })).rejects.toMatchObject(nothing);
    expect(await showTestPerson.perform(service.deps, reader, { person }, {})).toMatchObject({ id: person, state: 'active' });
  });

  test('a worker makes no cards, and a process that is given a drawer does not start', async () => {
    expect(await sandboxOf({ ENVIRONMENT: 'production', SANDBOX_DRAWER: '/tmp/drawer' })).toBeNull();
    expect(await sandboxOf({ ENVIRONMENT: 'dev', SANDBOX_DRAWER: undefined })).toMatchObject({ layCard: null });
    const before = { ...process.env };
    const key = Buffer.alloc(32).toString('base64');
    Object.assign(process.env, {
      DATABASE_URL: 'postgres://localhost/care',
      REDIS_URL: 'redis://localhost',
      TEMPORAL_ADDRESS: 'localhost:1',
      TEMPORAL_IS_PRIVATE: 'true',
      PAYLOAD_KEY: key,
      PHOTO_KEY: key,
      WEB_URL: 'https://care.example',
      AUTHENTICATION_URL: 'https://sign-in.example',
      SMTP_URL: 'smtp://localhost',
      MAIL_FROM: 'care@example.org',
      ENVIRONMENT: 'production',
    });
    try {
      expect(() => readConfig('job-worker')).not.toThrow();
      process.env['SANDBOX_DRAWER'] = '/tmp/drawer';
      expect(() => readConfig('job-worker')).toThrow('there are no test people in production');
    } finally {
      for (const each of Object.keys(process.env)) if (!(each in before)) delete process.env[each];
      Object.assign(process.env, before);
    }
  });
});

test('an applicant is no duplicate of a test person, however alike', async () => {
  const elm = await anOrganisation(service.orm);
  const noah = await aConnectionManager(service.orm, elm.code);
  const id = await anExpectedApplication(service, elm);
  const application = await em().findOneOrFail(ApplicationRow, { id });
  const same = { givenNames: application.givenName ?? null, familyName: application.familyName!, dateOfBirth: application.dateOfBirth! };
  const test = await aTestPerson(service, noah, elm.code, { method: 'link' });
  await em().nativeUpdate(PersonRow, { id: test }, same);
  const real = await aPerson(service.orm, { organisation: elm.code, ...same });
  const found = (await candidatesFor(em(), application)).map(({ person }) => person.id);
  expect(found).toContain(real);
  expect(found).not.toContain(test);
});

test('ends of sign-ins of test people are in no report, and their certificates in no renewal', async () => {
  const elm = await anOrganisation(service.orm);
  const noah = await aConnectionManager(service.orm, elm.code);
  const test = await aTestPerson(service, noah, elm.code, {});
  const real = elm.beneficiary;
  for (const person of [test, real])
    await em().execute(
      `insert into sign_in (id, person, method, level, acr, person_generation, started_at, seen_at, ended_at, end_reason)
       values (gen_random_uuid(), :person, 'smartcard', 3, 'AAL3_ANY', 1, now(), now(), now(), 'signed-out')`,
      { person },
    );
  const manager = { kind: 'person' as const, id: elm.manager, via: 'web' as const };
  const { ends, count } = await listAccessEnds.perform(service.deps, manager, {}, { organisation: elm.code });
  expect([count, ends.map(({ person }) => person)]).toEqual([1, [real]]);
  const [{ serial } = { serial: '' }] = await em().execute<Array<{ serial: string }>>(
    `select serial from certificate where person = :test and kind = 'authentication' and state = 'confirmed'`,
    { test },
  );
  expect(serial).not.toBe('');
  const endingBefore = new Date(Date.now() + 20 * 365 * 86_400_000);
  const all = await renewableCertificates(em(), { endingBefore, after: null, limit: 10_000 });
  expect(all.map(({ certificate }) => certificate)).not.toContain(serial);
  await em().execute(`alter table sandbox_person disable trigger user`);
  await em().execute(`delete from sandbox_person where person = :test`, { test });
  await em().execute(`alter table sandbox_person enable trigger user`);
  const then = await renewableCertificates(em(), { endingBefore, after: null, limit: 10_000 });
  expect(then.map(({ certificate }) => certificate)).toContain(serial);
});
