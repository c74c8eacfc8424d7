import { randomUUID } from 'node:crypto';
import { expect as expectPerson } from '../../commands/application.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { atWork } from '../support/identity-check.ts';
import { aSubmittedApplication } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnClock } from '../support/own-clock.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let stopClock: () => Promise<void>;
let elm: Organisation;
beforeAll(async () => {
  stopClock = await startOwnClock();
  service = await startService();
}, 90_000);
afterAll(async () => {
  await service?.stop();
  await stopClock?.();
});
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const identityProofingTerms = { expectRemindDays: 3, expectWithinDays: 30, checkWithinDays: 5, answerRemindDays: 7, answerWithinDays: 28 };
const em = () => service.orm.em.fork();
const rowOf = (id: string) => em().findOneOrFail(ApplicationRow, { id });
const caseOf = (id: string) => em().findOne(OpenCaseRow, { id });
const over = (id: string) => service.over(id, 'identity-proofing');
const lettersTo = async (id: string) =>
  (await em().find(MailRow, { aboutId: id }, { orderBy: { queuedAt: 1, template: 1 } })).map(
    ({ template, toKind }) => `${template} ${toKind}`,
  );

const submitted = () => aSubmittedApplication({ ...service.deps, identityProofingTerms }, elm.code);
const expectBy = (who: string, id: string) =>
  expectPerson.perform(service.deps, { kind: 'person', id: who, via: 'web', key: randomUUID() }, { id }, {});

test('one that nobody expects is reminded of after 3 days and given up after 30', async () => {
  const id = await submitted();
  expect((await caseOf(id))?.due).toBeInstanceOf(Date);
  await service.skipDays(4);
  await eventually(async () =>
    expect(await lettersTo(id)).toEqual([
      'application-received application',
      'application-to-expect person',
      'application-to-expect person',
      'case-reminder person',
      'case-reminder person',
    ]),
  );
  expect((await rowOf(id)).state).toBe('submitted');
  await service.skipDays(27);
  expect(await over(id)).toBe('abandoned');
  expect(await lettersTo(id)).toContain('application-ended application');
  expect(await caseOf(id)).toBeNull();
});

test('one that is expected is reminded of when its check is due, and never given up', async () => {
  const id = await submitted();
  await expectBy(elm.sponsor, id);
  await service.skipDays(6);
  await eventually(async () =>
    expect((await em().find(AuditRow, { subjectId: id, what: 'application.remind' }))[0]?.detail).toMatchObject({ state: 'expected' }),
  );
  await service.skipDays(100);
  expect((await rowOf(id)).state).toBe('expected');
  expect(((await expectBy(elm.sponsor, id).catch((error: unknown) => error)) as { code: string }).code).toBe('WRONG_STATE');
});

test('one whose applicant was asked for more reminds them after 7 days, and is given up after 28', async () => {
  const id = await submitted();
  await expectBy(elm.sponsor, id);
  const check = atWork(service, elm.agent, id);
  await check.take();
  await check.declare();
  await check.decide({ decision: 'ask-more', asks: ['come-in-person'] });

  await service.skipDays(8);
  await eventually(async () =>
    expect((await lettersTo(id)).filter((letter) => letter === 'application-more-asked application')).toHaveLength(2),
  );
  await service.skipDays(21);
  expect(await over(id)).toBe('abandoned');
  expect(await lettersTo(id)).toContain('application-ended application');
});
