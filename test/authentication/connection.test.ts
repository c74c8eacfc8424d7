/** A system from its registration to its first sign-in, with the program of the guide: as a supplier would do it. */
import { execFileSync, type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decideConnectionChange, registerConnection, switchConnection } from '../../commands/connection-acts.ts';
import { addConnectionKey } from '../../commands/connection-proof.ts';
import type { Deps } from '../../commands/deps.ts';
import { ClientRow } from '../../db/client/client.ts';
import { freePort } from '../../dev/services/ports.ts';
import { aConnectionManager, inDays } from '../support/connection.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, type TestCard, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let guide: ChildProcess | undefined;
let settings: Record<string, string>;
let here: string;
beforeAll(async () => {
  service = await startSignIn();
  await service.processes.authentication();
  elm = await anOrganisation(service.orm);
  const port = await freePort();
  here = `http://localhost:${port}`;
  const keyFile = join(mkdtempSync(join(tmpdir(), 'care-guide-')), 'key.json');
  settings = { PATH: process.env['PATH']!, GUIDE_PORT: String(port), GUIDE_KEY_FILE: keyFile, ISSUER: service.issuer };
}, 60_000);
afterAll(async () => {
  guide?.kill('SIGTERM');
  await service.stop();
});

const program = 'dev/guide-client.ts';
/** Asks a command, as somebody signed in would. */
async function ask<A>(
  command: { perform: (...given: never[]) => Promise<unknown> },
  person: string,
  params: object,
  input: object,
): Promise<A> {
  const { perform, input: schema } = command as unknown as typeof registerConnection;
  const writer = { kind: 'person' as const, id: person, via: 'api' as const, key: randomUUID() };
  const outcome = await perform({ orm: service.orm } as Deps, writer, params as never, schema.parse(input));
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  return outcome.answer as A;
}
async function signInAt(browser: HttpBrowser, card: TestCard) {
  const page = await useCard(service, browser, { card, page: await browser.get(`${here}/`) });
  return page.title === 'Terms of use' ? acceptTerms(browser, page) : page;
}

test('the guide, step by step: its key, the registration, a second person, a sign-in; and off at once', async () => {
  const printed = execFileSync(process.execPath, [program], { env: settings, encoding: 'utf8' });
  const jwk = JSON.parse(/\{[^}]*\}/.exec(printed)![0]);
  expect(jwk).not.toHaveProperty('d');
  expect(statSync(settings['GUIDE_KEY_FILE']!).mode & 0o077).toBe(0);

  const [noah, hana] = [await aConnectionManager(service.orm, elm.trust), await aConnectionManager(service.orm, elm.trust, 'Hana Kim')];
  const registered = {
    name: 'Guide',
    environment: 'sandbox',
    contact: 'guide@example.org',
    reviewOn: inDays(100),
    scopes: { profile: 'To greet', nationalrbacaccess: 'To know what they may do', selectedrole: 'To open the right desk' },
    redirect_uris: [`${here}/callback`],
  };
  const { id, change } = await ask<{ id: string; change: string }>(registerConnection, noah, { organisation: elm.code }, registered);
  await ask(addConnectionKey, noah, { id }, { jwk, lastDay: inDays(100) });
  await ask(decideConnectionChange, hana, { id, change }, { answer: 'approved' });

  guide = spawn(process.execPath, [program, id], { env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve) => guide!.stdout!.on('data', (said) => String(said).includes('Open ') && resolve()));
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code, termsVersion: 1 });
  const roleProfile = await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  const card = await service.aCard(person);
  const { text } = await signInAt(anHttpBrowser(), card);
  expect(JSON.parse(text)).toMatchObject({
    idToken: { sub: card.careId, aud: id, selected_roleid: roleProfile },
    userInfo: { sub: card.careId, family_name: 'Lovelace', nhsid_nrbac_roles: [{ org_code: elm.code }] },
  });
  await eventually(async () => {
    const row = await service.orm.em.fork().findOneOrFail(ClientRow, { id }, { refresh: true });
    expect(row.lastUsedAt).toBeInstanceOf(Date);
  });

  await ask(switchConnection, noah, { id }, { to: 'off' });
  await new Promise((resolve) => setTimeout(resolve, 1100)); // what a process may have kept of it
  expect((await anHttpBrowser().get(`${here}/`)).title).not.toMatch(/^Sign in/);
}, 90_000);
