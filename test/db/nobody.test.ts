/** A request waits for a sponsor, and some are there; the sweep says that nobody can act when the rules keep each of them apart. */
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { recordAudit } from '../../db/audit.ts';
import { CardIssueRow } from '../../db/smartcard/card-issue.ts';
import { getBoardCase } from '../../db/open-case/open-case-board.ts';
import { recordNobody } from '../../db/open-case/open-case-sweep.ts';
import { OpenCaseRow, recordOpenCase } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { healthOf, healthSentence } from '../../domain/open-case.ts';
import { anOrganisation, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
// One sponsor is left: whoever the rules keep apart is then the only one.
beforeEach(async () => {
  elm = await anOrganisation(orm);
  await endPositionsOf(orm, elm.otherSponsor);
});

const em = () => orm.em.fork();
const textOf = (sql: unknown) => (typeof sql === 'string' ? sql : '');

async function aWaitingRequest(changes: Partial<PositionRequestRow> = {}): Promise<string> {
  const id = randomUUID();
  const now = new Date();
  const why = await recordWords(em(), { id, request: id, words: 'New starter' });
  const asked = { beneficiary: elm.beneficiary, asker: elm.agent, position: elm.position, why, startsOn: '2026-12-01' };
  const dates = { changedAt: now, askedAt: now, remindAt: now, dueAt: now, expiresAt: now };
  await em().insert(PositionRequestRow, {
    id,
    organisation: elm.code,
    ...asked,
    ...dates,
    state: 'submitted',
    version: 1,
    changedBy: elm.agent,
    ...changes,
  });
  const person = changes.beneficiary ?? elm.beneficiary;
  const open = { kind: 'position-request', id, organisation: elm.code, person, stage: 'submitted', waitsFor: 'sponsor', since: now };
  await recordOpenCase(em(), { ...open, due: new Date(Date.now() + 86_400_000) });
  return id;
}

const sweep = () => recordNobody(em());
const isNobody = async (id: string) => (await em().findOneOrFail(OpenCaseRow, { id })).nobodySince !== null;

async function aCardIssuedBy(who: string, stage: CardIssueRow['stage'] = 'printed'): Promise<void> {
  const id = randomUUID();
  const at = new Date();
  const row = { id, organisation: elm.code, person: elm.beneficiary, asker: elm.agent, assignee: elm.agent, stage, version: 1 };
  await em().insert(CardIssueRow, { ...row, changedBy: who, changedAt: at, startedAt: at });
  const cause = { id: `card-issue/${id}/1`, at, who, via: 'workflow' as const, caseId: `card-issue/${id}` };
  await recordAudit(em(), cause, {
    what: 'card-issue.print',
    subjectKind: 'card-issue',
    subjectId: id,
    organisation: elm.code,
    detail: {},
  });
}

test('a sponsor who is nobody of these can decide', async () => {
  const id = await aWaitingRequest();
  await sweep();
  expect(await isNobody(id)).toBe(false);
});

const apart: ReadonlyArray<[string, () => Promise<string>]> = [
  ['the person it is for', () => aWaitingRequest({ beneficiary: elm.sponsor })],
  ['who asked', () => aWaitingRequest({ asker: elm.sponsor })],
  [
    'who checked the identity',
    async () => {
      await em().nativeUpdate(PersonRow, { id: elm.beneficiary }, { checkedBy: elm.sponsor });
      return aWaitingRequest();
    },
  ],
  [
    'who issues the card',
    async () => {
      await aCardIssuedBy(elm.sponsor);
      return aWaitingRequest();
    },
  ],
];

test.each(apart)('nobody can act when the only sponsor left is %s; somebody can once another is there', async (_who, waiting) => {
  const id = await waiting();
  await sweep();
  expect(await isNobody(id)).toBe(true);
  const row = (await getBoardCase(em(), 'position-request', id))!;
  expect(healthOf(row, new Date())).toBe('nobody');
  expect(healthSentence(row, { organisation: row.organisationName }, new Date())).toBe('No sponsor is left at Elm Surgery');

  const since = (await em().findOneOrFail(OpenCaseRow, { id })).nobodySince;
  await sweep();
  expect((await em().findOneOrFail(OpenCaseRow, { id })).nobodySince).toEqual(since);

  await em().execute(`update role_profile set ends_on = null, ends_at = null where person = :person`, { person: elm.otherSponsor });
  await sweep();
  expect(await isNobody(id)).toBe(false);
});

test('who issued a card that is no longer open or held is not kept apart', async () => {
  await aCardIssuedBy(elm.sponsor, 'ended');
  const id = await aWaitingRequest();
  await sweep();
  expect(await isNobody(id)).toBe(false);
});

test('without any sponsor nobody can, and the number of queries does not grow with the requests', async () => {
  await endPositionsOf(orm, elm.sponsor);
  const ids = await Promise.all(Array.from({ length: 20 }, () => aWaitingRequest()));
  const counted = em();
  const execute = jest.spyOn(counted.getConnection(), 'execute');
  await recordNobody(counted);
  const queries = execute.mock.calls.map(([sql]) => textOf(sql)).filter((sql) => !sql.startsWith('set '));
  expect(queries.length).toBeGreaterThanOrEqual(5); // all others, requests, sponsors, issuers (few have a card), what changed
  expect(queries.length).toBeLessThanOrEqual(6);
  execute.mockRestore();
  expect(await Promise.all(ids.map(isNobody))).toEqual(ids.map(() => true));
});
