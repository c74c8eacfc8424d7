import { addEvidence, withdraw } from '../../commands/application.ts';
import { askFraudSources, showIdentityCheck, showOutcome } from '../../commands/identity-check.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { personIdOf } from '../../db/person/care-id.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { handCaseTo } from '../../workflows/case.ts';
import { anOrganisation, aPerson, endPositionsOf, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anExpectedApplication, applicant, atWork, keyed, openOnly, person, saved, stageDocument } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
});

const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
const caseOf = (id: string) => service.orm.em.fork().findOne(OpenCaseRow, { id });
const toldAbout = async (id: string) => (await service.orm.em.fork().find(MailRow, { aboutId: id })).map(({ template }) => template);
/** How each task stands, by its kind, or the type of its document. */
async function standings(checker: string, id: string): Promise<Record<string, string>> {
  const { tasks, documents } = openOnly(await showIdentityCheck.perform(service.deps, person(checker), { id }, {}));
  const typeOf = (path: string) => documents.find((document) => path.endsWith(document.id))?.type;
  return Object.fromEntries(tasks.map(({ kind, path, standing }) => [typeOf(path) ?? kind, standing]));
}

test('a checked identity becomes a person with a Care ID, who is told', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();

  expect(await work.decide({ decision: 'verify' })).toMatchObject({ state: 'verified', changedBy: elm.receptionist });

  expect(await service.over(id, 'identity-proofing')).toBe('verified');
  const { person: made, photo, email, familyName, dateOfBirth } = await rowOf(id);
  const em = service.orm.em.fork();
  expect(await em.findOneOrFail(PersonRow, { id: made! })).toMatchObject({
    careId: expect.stringMatching(/^\d{12}$/),
    givenNames: 'Zoë',
    familyName,
    dateOfBirth,
    organisation: elm.code,
    identityAssuranceLevel: 3,
    gpg45Profile: 'V2B',
    checkedBy: elm.receptionist,
    contactChangedAt: null,
    photo,
    email,
    state: 'active',
  });
  expect(await em.find(MailRow, { toId: made! })).toMatchObject([{ template: 'care-id-created', data: { careId: expect.any(String) } }]);
  expect(await em.count(OpenCaseRow, { id })).toBe(0);
  const audit = await em.find(AuditRow, { subjectId: { $in: [id, made!] } }, { orderBy: { at: 1, id: 1 } });
  expect(audit.map(({ what }) => what)).toEqual([
    ...['submit', 'expect', 'take', 'declare'].map((verb) => `application.${verb}`),
    ...Array.from({ length: 6 }, () => 'application.check-task'),
    'application.fraud-answer',
    'application.fraud-answer',
    'application.check-task',
    'application.verify',
    'person.create',
  ]);
});

test('who must add something is told what, adds it, and only what it touches is looked at again', async () => {
  const other = await anExpectedApplication(service, elm, { types: ['uk-driving-licence', 'bank-account'] });
  const again = atWork(service, elm.receptionist, other);
  await again.everything({ seen: 'on-video' });
  await expect(again.decide({ decision: 'verify' })).rejects.toMatchObject({
    code: 'WRONG_STATE',
    message: expect.stringContaining('The identity assurance level is'),
  });
  await again.decide({ decision: 'ask-more', asks: ['another-document', 'come-in-person'], text: 'On a Monday' });
  expect(await rowOf(other)).toMatchObject({
    state: 'more-needed',
    leasedBy: null,
    asked: expect.stringMatching(/^One more.*\n.*\nOn a Monday$/),
  });
  expect(await caseOf(other)).toMatchObject({ stage: 'more-needed', waitsFor: 'applicant' });
  expect(await toldAbout(other)).toContain('application-more-asked');
  await expect(again.take()).rejects.toMatchObject({ code: 'WRONG_STATE' });

  await stageDocument(service, other, 'passport-with-chip');
  await saved(addEvidence.perform(service.deps, keyed(applicant(other)), {}, {}));
  expect(await caseOf(other)).toMatchObject({ stage: 'to-check', waitsFor: 'id-checker' });
  await again.take();
  expect(await standings(elm.receptionist, other)).toEqual({
    duplicates: 'not-needed',
    'uk-driving-licence': 'done',
    'bank-account': 'done',
    'passport-with-chip': 'to-do',
    face: 'done',
    address: 'done',
    fraud: 'changed',
    activity: 'changed',
  });
});

test('evidence that changes in the middle puts the check back, and what was typed is refused in words', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  const [, licence] = await work.documents();
  await stageDocument(service, id, 'uk-driving-licence', { replaces: licence!.id });
  let added = false;
  service.hooks.beforeRecord = async () => {
    if (added) return;
    added = true; // while the decision is on its way
    await service.orm.em
      .fork()
      .nativeUpdate(ApplicationRow, { id }, { state: 'expected', leasedBy: null, leasedUntil: null, changedBy: id });
  };
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({
    code: 'WRONG_STATE',
    message: 'The applicant changed their evidence, so this check was put back. Take it again to go on',
  });
  expect(await service.orm.em.fork().count(PersonRow, { id: personIdOf(id) })).toBe(0);
});

test('a refusal tells the applicant nothing but where to ask, and who decides late is told who did', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  await work.decide({ decision: 'refuse', reason: 'did-not-come', text: 'Three appointments' });

  expect(await service.over(id, 'identity-proofing')).toBe('refused');
  const { changedAt, reason, person } = await rowOf(id);
  expect({ reason, person }).toEqual({ reason: 'did-not-come', person: null });
  expect(await toldAbout(id)).toContain('application-refused');
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({
    code: 'WRONG_STATE',
    details: { state: 'refused', by: elm.receptionist, at: changedAt.toISOString() },
  });
});

test('the same person ends the application, pointing at the record they have', async () => {
  const id = await anExpectedApplication(service, elm, { nationalInsuranceNumber: 'AB123456C' });
  const there = await aPerson(service.orm, { organisation: elm.code, nationalInsuranceNumber: 'AB123456C', dateOfBirth: '1950-01-01' });
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  await work.duplicate(`person/${there}`, { is: 'same' });
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({ code: 'WRONG_STATE' });
  await expect(work.decide({ decision: 'refuse', reason: 'not-enough', text: 'x' })).rejects.toMatchObject({ code: 'WRONG_STATE' });
  await work.decide({ decision: 'refuse', reason: 'duplicate' });
  expect(await rowOf(id)).toMatchObject({ state: 'refused', reason: 'duplicate', person: there });
});

test('of one application and another of the same person, the second sees the first become a person', async () => {
  const details = { nationalInsuranceNumber: 'AB654321D' };
  const ids = [await anExpectedApplication(service, elm, details), await anExpectedApplication(service, elm, details)];
  const [one, two] = [atWork(service, elm.receptionist, ids[0]!), atWork(service, elm.agent, ids[1]!)];
  for (const [work, other] of [
    [one, ids[1]],
    [two, ids[0]],
  ] as const) {
    await work.take();
    await work.declare();
    await work.duplicate(`application/${other}`, { is: 'different', reason: 'Their photographs are of two people' });
    await work.everything();
  }
  await one.decide({ decision: 'verify' });
  await expect(two.decide({ decision: 'verify' })).rejects.toMatchObject({
    code: 'WRONG_STATE',
    message: expect.stringContaining('Possible duplicates: still to be done'),
  });
});

test('a checker whose role ends between page and press is refused, and nothing is saved', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  service.hooks.beforeRecord = () => endPositionsOf(service.orm, elm.receptionist);
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await rowOf(id)).toMatchObject({ state: 'checking', person: null });
});

test('whose time ran out and who was overtaken is told who has the check now', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  const lapse = () => service.orm.em.fork().nativeUpdate(ApplicationRow, { id }, { leasedUntil: new Date(Date.now() - 1000) });
  await lapse();
  service.hooks.beforeRecord = async () => {
    service.hooks.beforeRecord = async () => {};
    await lapse();
    await atWork(service, elm.agent, id).take();
  };
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({
    code: 'WRONG_STATE',
    message: 'Somebody else is checking this application now',
    details: { by: elm.agent, at: expect.any(String) },
  });
  await atWork(service, elm.agent, id).declare();
  expect(await standings(elm.agent, id)).toMatchObject({ 'passport-with-chip': 'of-another', fraud: 'done', face: 'of-another' });
});

test('pressed twice at once, and saved only at the third try, it makes one person', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  let tries = 0;
  service.hooks.beforeRecord = async () => {
    if (++tries < 3) throw new TypeError('away');
  };
  const both = await Promise.allSettled([work.decide({ decision: 'verify' }), work.decide({ decision: 'verify' })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'WRONG_STATE', details: { state: 'verified', by: elm.receptionist } },
  });
  const em = service.orm.em.fork();
  expect(await em.count(PersonRow, { checkedBy: elm.receptionist })).toBe(1);
  expect(await em.count(AuditRow, { what: 'person.create', subjectId: personIdOf(id) })).toBe(1);
});

test('a fraud source that is away shows as failing, nobody is verified before it answers, and what it knows stops the check', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  service.fraud.isAway = true;
  await saved(askFraudSources.perform(service.deps, keyed(person(elm.receptionist)), { id }, {}));
  await eventually(async () =>
    expect(await caseOf(id)).toMatchObject({
      failingWhat: 'askFraudSources',
      failingError: 'FraudSourceUnreachable',
      failingThing: 'independent-source',
    }),
  );
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({
    message: expect.stringContaining('Fraud sources: still to be done'),
  });

  service.fraud.independent = [{ what: 'dead', document: null }];
  service.fraud.isAway = false;
  await eventually(async () => expect(await standings(elm.receptionist, id)).toMatchObject({ fraud: 'done' }));
  expect(await caseOf(id)).toMatchObject({ failingSince: null });
  await expect(work.decide({ decision: 'verify' })).rejects.toMatchObject({ message: expect.stringContaining('known to have died') });
});

test('sources are asked of the numbers that the checker read, and a document that was reported counts for nothing', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  const [passport, licence] = await work.documents();
  for (const row of await work.documents()) await work.document(row, row.id === licence!.id ? { number: 'READ1', sure: true } : {});
  service.fraud.own = [{ what: 'document-lost', document: passport!.id }];
  await work.fraud();
  expect(service.fraud.asked[0]?.documents.map(({ number }) => number)).toContain('READ1');
  const { outcome } = openOnly(await showOutcome.perform(service.deps, person(elm.receptionist), { id }, {}));
  expect(outcome.gpg45.items.find((item) => item.id === passport!.id)).toMatchObject({ validity: 0, voids: ['reported'] });
});

test('a manager hands a check to another checker, by the same rules', async () => {
  const id = await anExpectedApplication(service, elm);
  await atWork(service, elm.receptionist, id).take();
  const hand = (to: string) =>
    service.deps.temporal.workflow
      .getHandle(`identity-proofing/${id}`)
      .executeUpdate(handCaseTo, { args: [{ who: elm.manager, via: 'web', bodyHash: '' }, { to }] });
  await expect(hand(elm.sponsor)).rejects.toThrow();
  await hand(elm.agent);
  expect(await rowOf(id)).toMatchObject({ state: 'checking', leasedBy: elm.agent });
  expect(await caseOf(id)).toMatchObject({ stage: 'checking', waitsForPerson: elm.agent });
});

test('of a verification and a withdrawal at the same moment one wins, and the other is told who and when', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();
  const both = await Promise.allSettled([
    work.decide({ decision: 'verify' }),
    saved(withdraw.perform(service.deps, keyed(applicant(id)), {}, { sure: 'yes' })),
  ]);
  const { state, changedBy, changedAt } = await rowOf(id);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'WRONG_STATE', details: { state, by: changedBy, at: changedAt.toISOString() } },
  });
  expect(await service.orm.em.fork().count(PersonRow, { id: personIdOf(id) })).toBe(state === 'verified' ? 1 : 0);
});
