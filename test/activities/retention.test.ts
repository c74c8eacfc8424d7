import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { retentionActivities } from '../../activities/retention.ts';
import { createTablePhotoStore, type PhotoStore } from '../../adapters/photo-store.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { InvitationRow } from '../../db/application/invitation.ts';
import { PersonRow } from '../../db/person/person.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import type { RetentionTerms } from '../../domain/retention.ts';
import { aDraft, aPhoto } from '../support/application.ts';
import { anOrganisation, aPerson, databaseOfThisWorker, type Organisation } from '../support/database.ts';

let orm: MikroORM;
let elm: Organisation;
const store = createTablePhotoStore([Buffer.alloc(32, 1)]);
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const em = () => orm.em.fork();
const terms: RetentionTerms = { draftDays: 14, evidenceDays: 30, endedDays: 7 };
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** A run of the activity; attempts of one share its id. */
function run(activityId: string = randomUUID(), photos: PhotoStore = store, limit = 1000) {
  const info = {
    workflowExecution: { workflowId: 'retention-2026-11-24', runId: randomUUID() },
    activityId,
    scheduledTimestampMs: Date.now(),
  };
  const { removeDue } = retentionActivities({ orm, photos });
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') }).run<
    [RetentionTerms, number],
    Awaited<ReturnType<typeof removeDue>>,
    typeof removeDue
  >(removeDue, terms, limit);
}

/** An application that came to stand so some days ago, with a passport and a face, both really photographed. */
async function anApplication(state: ApplicationRow['state'], days: number) {
  const id = await aDraft(orm, elm.code);
  const [document] = await em().find(DocumentRow, { application: id });
  const passport = await aPhoto(orm, store, id);
  const face = await aPhoto(orm, store, id);
  await em().nativeUpdate(DocumentRow, { id: document!.id }, { photos: [passport], outcome: 'counted', sentAt: daysAgo(days) });
  const sent = state === 'draft' ? {} : { submittedAt: daysAgo(days + 1), photo: face, stagedPhoto: null };
  await em().nativeUpdate(ApplicationRow, { id }, { state, changedAt: daysAgo(days), ...sent });
  return { id, document: document!.id, passport, face };
}
const photosOf = (application: string) => em().count(PhotoRow, { application });
const removalsOf = (id: string) =>
  em().find(AuditRow, { subjectId: id, what: { $in: ['application.remove-evidence', 'application.remove-everything'] } });

test.each(['verified', 'refused'] as const)(
  'of one that was %s 31 days ago the photographs go; type, number and outcome stay',
  async (state) => {
    const { id, document } = await anApplication(state, 31);
    await run();

    expect(await photosOf(id)).toBe(0);
    expect(await em().findOneOrFail(DocumentRow, { id: document })).toMatchObject({
      type: 'passport-with-chip',
      number: '123456789',
      outcome: 'counted',
      issuer: null,
      expiresOn: null,
      photos: [],
      removedAt: expect.any(Date),
    });
    expect(await em().findOneOrFail(ApplicationRow, { id })).toMatchObject({ state, familyName: "O'Néill", photo: null });
    expect(await removalsOf(id)).toMatchObject([{ who: 'system', via: 'workflow', detail: { state, documents: '1', photographs: '2' } }]);
  },
);

test('the photograph that became a person’s stays', async () => {
  const { id, face, passport } = await anApplication('verified', 31);
  const person = await aPerson(orm, { organisation: elm.code, photo: face });
  await run();
  expect(await em().count(PhotoRow, { id: passport })).toBe(0);
  expect(await em().findOneOrFail(PhotoRow, { id: face })).toMatchObject({ application: null });
  expect((await em().findOneOrFail(PersonRow, { id: person })).photo).toBe(face);
  expect((await em().findOneOrFail(ApplicationRow, { id })).photo).toBe(face);
});

test.each(['withdrawn', 'abandoned'] as const)('of one that was %s 8 days ago stays only that it was', async (state) => {
  const { id } = await anApplication(state, 8);
  await run();
  const row = await em().findOneOrFail(ApplicationRow, { id });
  expect(row).toMatchObject({
    state,
    removedAt: expect.any(Date),
    familyName: null,
    givenName: null,
    dateOfBirth: null,
    email: null,
    mobile: null,
  });
  expect(row.nationalInsuranceNumber).toBeNull();
  expect(await em().count(DocumentRow, { application: id })).toBe(0);
  expect(await photosOf(id)).toBe(0);
  expect(await removalsOf(id)).toHaveLength(1);
});

test('a draft that nobody went on with for 15 days is gone, and the audit says so', async () => {
  const { id } = await anApplication('draft', 15);
  await run();
  expect(await em().count(ApplicationRow, { id })).toBe(0);
  expect(await photosOf(id)).toBe(0);
  expect(await removalsOf(id)).toHaveLength(1);
});

test.each([
  ['draft', 13],
  ['submitted', 1000],
  ['expected', 1000],
  ['checking', 1000],
  ['more-needed', 1000],
  ['verified', 29],
  ['refused', 29],
  ['withdrawn', 6],
  ['abandoned', 6],
] as const)('%s for %i days loses nothing', async (state, days) => {
  const { id } = await anApplication(state, days);
  await run();
  expect(await photosOf(id)).toBe(2);
  expect(await em().findOneOrFail(ApplicationRow, { id })).toMatchObject({ familyName: "O'Néill", removedAt: null });
  expect(await removalsOf(id)).toEqual([]);
});

test('a run that dies half-way is taken up where it was, and each is recorded once', async () => {
  const [one, two] = [await anApplication('refused', 40), await anApplication('refused', 35)];
  const [failing] = await em().find(PhotoRow, { application: two.id });
  const dies: PhotoStore = { ...store, forget: async (id) => (id === failing!.id ? Promise.reject(new Error('away')) : undefined) };
  await expect(run('7', dies)).rejects.toThrow('away');
  expect([await photosOf(one.id), await photosOf(two.id)]).toEqual([0, 2]);
  expect(await removalsOf(two.id)).toEqual([]);

  await run('7');
  await run();
  expect(await photosOf(two.id)).toBe(0);
  for (const { id } of [one, two]) expect(await removalsOf(id)).toHaveLength(1);
});

test('two runs at once delete once, and a page at a time says whether more is left', async () => {
  const { id } = await anApplication('withdrawn', 10);
  await anApplication('withdrawn', 9);
  expect(await run(undefined, store, 1)).toMatchObject({ isMore: true });
  await Promise.all([run(), run()]);
  expect(await removalsOf(id)).toHaveLength(1);
  expect(await run()).toEqual({ removed: 0, isMore: false });
});

test('where an invitation went is forgotten once nobody can use it', async () => {
  const invitation = (changes: Partial<InvitationRow>) => {
    const made = { id: randomUUID(), hash: randomUUID(), kind: 'person' as const, organisation: elm.code, email: 'zoe@example.org' };
    return em().insert(InvitationRow, { ...made, madeBy: elm.agent, madeAt: daysAgo(60), expiresAt: daysAgo(-1), ...changes });
  };
  const gone = [
    await invitation({ usedAt: daysAgo(8) }),
    await invitation({ endedAt: daysAgo(8) }),
    await invitation({ expiresAt: daysAgo(8) }),
  ];
  const kept = [await invitation({}), await invitation({ usedAt: daysAgo(6) })];
  await run();
  const emails = async (ids: unknown[]) => (await em().find(InvitationRow, { id: { $in: ids as string[] } })).map(({ email }) => email);
  expect(await emails(gone)).toEqual([null, null, null]);
  expect(await emails(kept)).toEqual(['zoe@example.org', 'zoe@example.org']);
});
