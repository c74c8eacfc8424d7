import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { RenewalRow } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { renewalTerms } from '../../domain/certificate.ts';
import { cardDesk, until } from '../support/card-issue.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { startOwnClock } from '../support/own-clock.ts';
import { endsInDays, openedFor, sweep } from '../support/renewal.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let stopClock: () => Promise<void>;
let elm: Organisation;
let id: string;
beforeAll(async () => {
  stopClock = await startOwnClock();
  service = await startService();
}, 90_000);
afterAll(async () => {
  await service?.stop();
  await stopClock?.();
});
beforeEach(async () => {
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  const { serial } = await (await cardDesk(service, elm)).whole();
  const certificate = await endsInDays(service, serial, 89.9);
  await sweep(service);
  id = await openedFor(service, certificate);
});

const em = () => service.orm.em.fork();
const told = async () =>
  (await em().find(MailRow, { toId: elm.beneficiary, aboutId: id }, { orderBy: { queuedAt: 1 } })).map(({ template }) => template);

/** Skips days, and waits until the holder was told that often in all. */
async function after(days: number, letters: number): Promise<void> {
  await service.skipDays(days);
  await until(async () => (await told()).length >= letters);
}

test('the holder is told at 90, 30, 7 and 1 days and then each day, and nobody after the person is closed', async () => {
  await until(async () => (await told()).length === 1);
  await after(60, 2); // 29.9 days before the end
  await after(23, 3); // 6.9
  await after(6, 4); // 0.9
  expect(await told()).toEqual(['renewal-due', 'renewal-due', 'renewal-due', 'renewal-due']);
  expect(await em().findOneOrFail(OpenCaseRow, { id })).toMatchObject({ kind: 'renewal', waitsFor: 'holder', stage: 'open' });

  await after(1, 5);
  await after(1, 6);
  expect((await told()).slice(4)).toEqual(['renewal-expired', 'renewal-expired']);
  expect(await em().findOneOrFail(OpenCaseRow, { id })).toMatchObject({ waitsFor: 'ra-agent' });

  await em().nativeUpdate(PersonRow, { id: elm.beneficiary }, { state: 'closed' });
  expect(await service.skipUntilOver(id, 'renewal')).toBe('over');
  expect(await told()).toHaveLength(6);
  expect(await em().findOneOrFail(RenewalRow, { id })).toMatchObject({ stage: 'ended' });
  expect(await em().count(OpenCaseRow, { id })).toBe(0);
  expect(await em().count(AuditRow, { subjectId: id, what: 'renewal.remind' })).toBe(6);
});

test('a renewal whose workflow was lost is started again by the sweep, and tells nobody twice', async () => {
  await until(async () => (await told()).length === 1);
  await service.deps.temporal.workflow.getHandle(`renewal/${id}`).terminate('lost');
  await em().nativeUpdate(RenewalRow, { id }, { nextReminderAt: new Date(Date.now() - 2 * 86_400_000) });

  await sweep(service);

  const { status } = await service.deps.temporal.workflow.getHandle(`renewal/${id}`).describe();
  expect(status.name).toBe('RUNNING');
  await until(async () => (await em().findOneOrFail(RenewalRow, { id })).nextReminderAt > new Date());
  expect(await told()).toHaveLength(1);
});

test('the sweep run twice at once opens one renewal, and again opens none', async () => {
  const another = await anOrganisation(service.orm);
  const card = await (await cardDesk(service, another)).whole();
  const certificate = await endsInDays(service, card.serial, 60);
  await Promise.all([sweep(service), sweep(service)]);
  const opened = await openedFor(service, certificate);
  await until(async () => (await em().count(MailRow, { aboutId: opened })) === 1);
  await sweep(service);

  expect(await em().count(RenewalRow, { certificate })).toBe(1);
  expect(await em().count(AuditRow, { subjectId: opened, what: 'renewal.open' })).toBe(1);
  expect(await em().count(MailRow, { aboutId: opened })).toBe(1);
});

test('a sweep goes page after page, and leaves certificates outside their last 90 days, and cards that ended, alone', async () => {
  const cards = [];
  for (const days of [10, 20, 30, 91, 40]) {
    const organisation = await anOrganisation(service.orm);
    const card = await (await cardDesk(service, organisation)).whole();
    cards.push({ serial: card.serial, certificate: await endsInDays(service, card.serial, days) });
  }
  await em().nativeUpdate(SmartcardRow, { serial: cards[4]!.serial }, { state: 'lost' });

  await sweep(service, renewalTerms, 2);

  for (const { certificate } of cards.slice(0, 3)) await openedFor(service, certificate);
  expect(await em().count(RenewalRow, { certificate: { $in: cards.slice(3).map((card) => card.certificate) } })).toBe(0);
});
