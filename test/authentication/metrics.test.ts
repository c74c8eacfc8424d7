import { anOrganisation, aPerson, aRoleProfile } from '../support/database.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { type SignInService, signInWithCard, startSignIn } from '../support/sign-in.ts';

const token = 'm'.repeat(40);
let service: SignInService;
beforeAll(async () => {
  service = await startSignIn({ METRICS_TOKEN: token });
  await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(() => service.stop());

const ask = (shown: string) => fetch(`${service.urls.authentication}/metrics`, { headers: { authorization: `Bearer ${shown}` } });

test('figures are for whoever shows the token, say how sign-ins end, and name nobody', async () => {
  expect((await ask('x'.repeat(40))).status).toBe(404);
  const elm = await anOrganisation(service.orm);
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000' });
  const card = await service.aCard(person);
  await signInWithCard(service, anHttpBrowser(), card);
  const response = await ask(token);
  const text = await response.text();
  expect(text).toMatch(/care_sign_ins_total\{method="smartcard",outcome="succeeded",process="authentication"\} 1/);
  expect(text).toMatch(/care_tokens_total\{outcome="issued",process="authentication"\} 1/);
  expect(text).toContain('route="/sign-in/:uid/card"');
  expect(text).toContain('route="token"');
  for (const secret of [person, card.careId, elm.code, 'Lovelace']) expect(text).not.toContain(secret);
});
