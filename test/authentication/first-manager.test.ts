import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MikroORM } from '@mikro-orm/postgresql';
import { actorIn } from '../../db/actor.ts';
import { AuditRow } from '../../db/audit.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { EnrolmentLinkRow } from '../../db/sign-in/enrolment-link.ts';
import { createOrm } from '../../db/orm.ts';
import { PersonRow } from '../../db/person/person.ts';
import { databaseUrl, executeAsAdmin } from '../support/admin.mjs';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../authentication/first-manager.ts', import.meta.url));
const database = `${process.env['TEST_TEMPLATE']}_first_${randomUUID().slice(0, 8)}`;
let orm: MikroORM;
beforeAll(async () => {
  await executeAsAdmin(`create database ${database} template ${process.env['TEST_TEMPLATE']}`);
  orm = await createOrm(databaseUrl(database));
}, 60_000);
afterAll(() => orm.close());

const usual = {
  organisation: 'RX1',
  'organisation-name': 'Elm Trust',
  'given-names': 'Ada',
  'family-name': 'O’Brien',
  'date-of-birth': '1980-12-10',
};
const command = async (changed: Record<string, string> = {}) => {
  const parts = Object.entries({ ...usual, ...changed }).flatMap(([name, value]) => [`--${name}`, value]);
  const env = { PATH: process.env['PATH']!, DATABASE_URL: databaseUrl(database), AUTHENTICATION_URL: 'https://sign-in.example' };
  return run(process.execPath, [program, ...parts], { env }).catch((error: { code: number; stderr: string; stdout: string }) => error);
};

test('what is missing or wrong is named, and nothing is made', async () => {
  expect(await command({ 'date-of-birth': '10/12/1980', organisation: 'rx1' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/--organisation[\s\S]*--date-of-birth/),
  });
  expect(await orm.em.fork().count(PersonRow)).toBe(0);
});

test('the first manager is named, may act, and gets one link that is good for an hour; until they come, another link replaces it', async () => {
  const { stdout, stderr } = await command();
  expect(stdout).toMatch(/^https:\/\/sign-in\.example\/enrol\/[\w-]{43}\n$/);
  expect(stderr).toContain('AUDITED');
  const em = orm.em.fork();
  const person = await em.findOneOrFail(PersonRow, { familyName: 'O’Brien' });
  expect((await actorIn(em, person.id, 'RX1')).roles).toEqual(['ra-manager']);
  const [link] = await em.find(EnrolmentLinkRow, { person: person.id });
  expect(link!.expiresAt.getTime() - link!.madeAt.getTime()).toBe(60 * 60 * 1000);
  expect(stdout).not.toContain(link!.hash);

  await command();
  const links = await orm.em.fork().find(EnrolmentLinkRow, { person: person.id });
  expect(links.filter(({ expiresAt }) => expiresAt > new Date())).toHaveLength(1);
  expect(await orm.em.fork().count(PersonRow)).toBe(1);
  expect(await orm.em.fork().count(AuditRow, { what: 'first-manager.name', who: 'operator', subjectId: person.id })).toBe(2);
});

test('of two who are named first, only the last has a link that works', async () => {
  const { stdout } = await command({ 'family-name': 'Mallory' });
  expect(stdout).toContain('/enrol/');
  const em = orm.em.fork();
  const mallory = await em.findOneOrFail(PersonRow, { familyName: 'Mallory' });
  const good = await em.find(EnrolmentLinkRow, { expiresAt: { $gt: new Date() } });
  expect(good.map(({ person }) => person)).toEqual([mallory.id]);
});

test('once a manager has anything to sign in with, the command works for nobody, ever', async () => {
  const em = orm.em.fork();
  const { id: person } = await em.findOneOrFail(PersonRow, { familyName: 'O’Brien' });
  const row = {
    id: randomUUID(),
    person,
    kind: 'security-key' as const,
    name: 'Key',
    credentialId: 'x',
    publicKey: Buffer.from('x'),
    counter: 0,
  };
  await em.insert(AuthenticatorRow, {
    ...row,
    transports: [],
    aaguid: randomUUID(),
    backedUp: false,
    createdAt: new Date(),
    removedAt: new Date(),
  });
  const links = await em.count(EnrolmentLinkRow);
  expect(await command({ organisation: 'RX2', 'family-name': 'Trent' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is an RA manager already'),
  });
  expect(await orm.em.fork().count(PersonRow)).toBe(2);
  expect(await orm.em.fork().count(EnrolmentLinkRow)).toBe(links);
});
