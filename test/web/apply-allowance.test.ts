import { randomUUID } from 'node:crypto';
import request from 'supertest';
import type { Caller } from '../../commands/caller.ts';
import { start } from '../../commands/application-draft.ts';
import { AllowanceUsedRow } from '../../db/allowance.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import type { Allowances } from '../../domain/allowance.ts';
import { addPassport, aVisit } from '../support/apply-api.ts';
import * as api from '../support/apply-api.ts';
import { aBrowser, anEmployerLink, answerAll, aPhotograph, ownDraft } from '../support/apply.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  await em().nativeDelete(AllowanceUsedRow, {});
  // An hour that ends in the middle of a test counts anew: not in the last seconds of one.
  const left = 3_600_000 - (Date.now() % 3_600_000);
  if (left < 20_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
});

const em = () => service.orm.em.fork();
const allowing = (changes: Partial<Allowances>) => ({ ...service.deps, allowances: { ...service.deps.allowances, ...changes } });
const from = (address: string): Caller & { key: string } => ({
  kind: 'applicant',
  id: randomUUID(),
  via: 'web',
  address,
  key: randomUUID(),
});

test('a browser begins so many applications in an hour, and is told when to go on', async () => {
  const browser = aBrowser(allowing({ drafts: { visitor: 1, network: 100 } }));
  const link = await anEmployerLink(service.deps, elm.code);
  await browser.send(`/apply/invitation/${link}`, {}, 'k-1').expect(303);
  await browser.send(`/apply/invitation/${link}`, {}, 'k-1').expect(303); // the same again is not another
  const { text } = await browser.send(`/apply/invitation/${link}`, {}).expect(400);
  expect(text).toMatch(/Too many applications were begun here within an hour\. You can go on after \d/);
  expect(await em().count(ApplicationRow, { organisation: elm.code })).toBe(1);
});

test('many visitors of one network share an allowance, whatever address of it they come from; others have their own', async () => {
  const deps = allowing({ drafts: { visitor: 100, network: 2 } });
  const link = await anEmployerLink(service.deps, elm.code);
  const begin = (address: string) => start.perform(deps, from(address), { link }, {});
  await begin('2001:db8::1');
  await begin('2001:db8:0:0:ffff::2');
  await expect(begin('2001:db8::3')).rejects.toMatchObject({ code: 'TOO_MANY_TRIES', details: { at: expect.any(String) } });
  await begin('2001:db8:0:1::1');
  await begin('192.0.2.1');
  await begin('::ffff:192.0.2.1');
  await expect(begin('192.0.2.1')).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
  await begin('192.0.2.2');
  expect(JSON.stringify(await em().find(AllowanceUsedRow, {}))).not.toMatch(/192\.0|2001/);
});

test('what one visitor has too much of is not taken from their network', async () => {
  const deps = allowing({ drafts: { visitor: 1, network: 3 } });
  const link = await anEmployerLink(service.deps, elm.code);
  const one = from('192.0.2.1');
  const begin = (caller: typeof one) => start.perform(deps, { ...caller, key: randomUUID() }, { link }, {});
  await begin(one);
  for (let tries = 0; tries < 3; tries++) await expect(begin(one)).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
  await begin(from('192.0.2.1'));
  await begin(from('192.0.2.1'));
  await expect(begin(from('192.0.2.1'))).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
});

test('files are counted before they are read, good or not, and in the hour after counted anew', async () => {
  const browser = aBrowser(allowing({ files: { visitor: 2, network: 100 } }));
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  const { id } = await ownDraft(service.deps, browser);
  const photograph = await aPhotograph();
  const attach = (file: Buffer) => browser.attach('/apply/photograph', 'photograph', [file]);
  await attach(Buffer.from('no photograph')).expect(400, /must be a JPEG/);
  await attach(photograph).expect(303);
  await attach(photograph).expect(400, /Too many files were sent from here within an hour/);
  expect(await em().count(PhotoRow, { application: id })).toBe(1);

  await em().execute(`update allowance_used set hour = hour - interval '1 hour'`);
  await attach(photograph).expect(303);
});

test('what was used is forgotten after a day', async () => {
  const link = await anEmployerLink(service.deps, elm.code);
  await start.perform(service.deps, from('192.0.2.1'), { link }, {});
  await em().execute(`update allowance_used set hour = hour - interval '26 hours'`);
  await start.perform(service.deps, from('192.0.2.9'), { link }, {});
  const rows = await em().find(AllowanceUsedRow, {});
  expect(rows).toHaveLength(2);
  expect(rows.every(({ hour }) => hour.getTime() > Date.now() - 3_600_000)).toBe(true);
});

test('by the API: 429 with a code and when to come again, for tokens, applications and files', async () => {
  const deps = allowing({ tokens: { network: 2 }, drafts: { visitor: 1, network: 100 }, files: { visitor: 2, network: 100 } });
  const zoe = await aVisit(deps);
  await aVisit(deps);
  const { body, headers } = await request(apiOf(deps)).post('/v1/apply/sessions').send({}).expect(429);
  expect(body).toMatchObject({ status: 429, code: 'TOO_MANY_TRIES', details: { at: expect.any(String) } });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(3600);

  await api.answerAll(deps, zoe, elm.code);
  const link = await anEmployerLink(service.deps, elm.code);
  await zoe.post(`/invitations/${link}/application`).expect(429);
  await addPassport(zoe);
  await zoe.attach('/application/photograph', 'photograph', [await aPhotograph()]).expect(200);
  const refused = await zoe.attach('/application/photograph', 'photograph', [await aPhotograph()]).expect(429);
  expect(refused.body.title).toMatch(/^Too many files/);
});
