import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { eventually } from '../support/eventually.ts';
import { type Faults, type SignedIn, startFaults } from '../support/faults.ts';
import type { Seen } from '../support/http-browser.ts';

let faults: Faults;
let agent: SignedIn;
beforeAll(async () => {
  faults = await startFaults();
  agent = await faults.signedIn('Asha Patel');
});
afterAll(() => faults.stop());

const receptionist = '00000000-0000-4000-8000-000000000112';
const elm = '/organisations/A9A5A/position-requests/drafts/';

/** A checked draft, ready to send: the page with its button. */
async function drafted(person: string): Promise<Seen> {
  const path = `/people/${person}/organisations/A9A5A/position-requests`;
  const today = new Date();
  const [day, month, year] = [today.getDate(), today.getMonth() + 1, today.getFullYear()].map(String) as [string, string, string];
  const typed = { position: receptionist, 'startsOn-day': day, 'startsOn-month': month, 'startsOn-year': year, why: 'New at the desk' };
  return agent.send(await agent.get(`${path}/new`), path, typed);
}

/** Presses the same button until the page says that it is saved, as somebody who was told to try again does. */
async function sendUntilSaved(draft: Seen): Promise<Seen> {
  for (let tries = 0; tries < 60; tries++) {
    const page = await agent.send(draft, elm).catch(() => undefined); // web itself may be away
    if (page?.status === 200) return page;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('It was never saved');
}

const requestsFor = (person: string) => faults.orm.em.fork().find(PositionRequestRow, { beneficiary: person });
const submissionsOf = (id: string) => faults.orm.em.fork().count(AuditRow, { subjectId: id, what: 'position-request.submit' });

async function expectOnce(person: string): Promise<void> {
  const requests = await requestsFor(person);
  expect(requests).toHaveLength(1);
  expect(await submissionsOf(requests[0]!.id)).toBe(1);
}

test('with no worker a request is not said to be saved, comes back filled in, and is saved once when the worker is back', async () => {
  const { id } = await faults.aNewcomer();
  const draft = await drafted(id);
  await faults.off('workflow-worker');

  const page = await agent.send(draft, elm);
  expect(page.status).toBe(503);
  expect(page.text).toContain('We could not save this');
  expect(await requestsFor(id)).toHaveLength(0);

  await faults.on('workflow-worker');
  await sendUntilSaved(page);
  await expectOnce(id);
});

test('the worker is killed while requests are being saved: each is saved once', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => faults.aNewcomer()));
  const drafts: Seen[] = [];
  for (const { id } of people) drafts.push(await drafted(id));

  const sent = Promise.all(drafts.map(sendUntilSaved));
  await faults.crash('workflow-worker');
  await sent;

  for (const { id } of people) await expectOnce(id);
});

test.each(['PostgreSQL', 'Redis', 'Temporal', 'web', 'authentication'])(
  '%s is killed in the middle: what was typed is sent once',
  async (name) => {
    const { id } = await faults.aNewcomer();
    const draft = await drafted(id);

    const [page] = await Promise.all([sendUntilSaved(draft), faults.crash(name)]);
    expect(page.text).toContain('Receptionist');
    await expectOnce(id);
  },
);

test('while SMTP is away letters wait, and each is sent once when it is back, though Redis was emptied meanwhile', async () => {
  const { id } = await faults.aNewcomer();
  const draft = await drafted(id);
  await faults.off('inbox');
  await sendUntilSaved(draft);
  const [request] = await requestsFor(id);
  const queued = await faults.orm.em.fork().find(MailRow, { aboutId: request!.id });
  expect(queued.length).toBeGreaterThan(0);
  await eventually(async () => {
    const tried = await faults.orm.em.fork().find(MailRow, { aboutId: request!.id, attempts: { $gt: 0 } });
    expect(tried).toHaveLength(queued.length);
  });

  await faults.redis.flushall();
  await faults.on('inbox');
  // The pauses grow: how they do is tested where time can be skipped.
  await faults.orm.em.fork().nativeUpdate(MailRow, { aboutId: request!.id, state: 'queued' }, { nextTryAt: new Date() });

  await eventually(async () => {
    const rows = await faults.orm.em.fork().find(MailRow, { aboutId: request!.id });
    expect(rows.map(({ state }) => state)).toEqual(rows.map(() => 'sent'));
  }, 120_000);
});
