/** Two authentication processes side by side: each goes on with what the other began, and one after the other is restarted while people sign in. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/services/ports.ts';
import { startProcess } from '../../dev/services/processes.ts';
import { eventually } from '../support/eventually.ts';
import { aBalancer } from '../support/balancer.ts';
import { anOrganisation, aPerson, aRoleProfile } from '../support/database.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { type SignInService, signInWithCard, startSignIn } from '../support/sign-in.ts';

let service: SignInService;
let balancer: Awaited<ReturnType<typeof aBalancer>>;
const ports: number[] = [];
const running: Array<Awaited<ReturnType<typeof start>>> = [];

async function start(at: number) {
  const port = ports[at]!;
  return startProcess({
    name: `authentication-${at}`,
    entry: fileURLToPath(new URL('../../authentication/server.ts', import.meta.url)),
    logFile: join(service.folder, `authentication-${at}.log`),
    ready: `http://localhost:${port}/ready`,
    env: {
      PATH: process.env['PATH']!,
      ISSUER: service.issuer,
      ENVIRONMENT: 'dev',
      ...service.environment,
      AUTHENTICATION_PORT: String(port),
      DRAIN_SECONDS: '1',
    },
  });
}

beforeAll(async () => {
  service = await startSignIn();
  ports.push(await freePort(), await freePort());
  running.push(...(await Promise.all([start(0), start(1)])));
  balancer = await aBalancer(Number(new URL(service.urls.authentication).port), ports);
  await service.processes.relyingParty();
}, 90_000);
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await service.stop();
  await balancer.close();
});

async function aHolder() {
  const elm = await anOrganisation(service.orm);
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  return service.aCard(person);
}

test('one after the other is restarted while people sign in, and nobody is sent away', async () => {
  const [card, other] = [await aHolder(), await aHolder()];
  const signedIn = anHttpBrowser();
  expect((await signInWithCard(service, signedIn, other)).title).toBe('You are signed in');
  let restarting = true;
  const outcomes: string[] = [];
  const anew = async () => {
    while (restarting) outcomes.push(`card: ${(await signInWithCard(service, anHttpBrowser(), card)).title}`);
  };
  const silently = async () => {
    while (restarting) outcomes.push(`silent: ${(await signedIn.get(`${service.urls.relyingParty}/sign-in`)).title}`);
  };
  const restarts = async () => {
    for (const at of [0, 1]) {
      const stopped = running[at]!.stop();
      await eventually(async () => {
        const answer = await fetch(`http://localhost:${ports[at]}/ready`);
        expect([answer.status, await answer.json()]).toMatchObject([503, { status: 'stopping' }]);
      }, 900);
      await stopped;
      running[at] = await start(at);
    }
    restarting = false;
  };
  await Promise.all([anew(), silently(), restarts()]);
  expect([...new Set(outcomes)].toSorted()).toEqual(['card: You are signed in', 'silent: You are signed in']);
  expect(outcomes.length).toBeGreaterThan(10);
}, 120_000);
