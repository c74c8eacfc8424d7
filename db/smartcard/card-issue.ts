import { defineEntity, type EntityManager, LockMode, p } from '@mikro-orm/postgresql';
import {
  type CardIssue,
  type CardIssueAction,
  cardIssueStages,
  type CardIssueStage,
  cardIssueWaitsFor,
  holdsCard,
  wrongStage,
} from '../../domain/card-issue.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { findOrganisation } from '../organisation/organisation.ts';

const schema = defineEntity({
  name: 'CardIssueRow',
  tableName: 'card_issue',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    person: p.uuid(),
    asker: p.uuid(),
    /** The card that ends when this one becomes active. */
    replaces: p.uuid().nullable(),
    smartcard: p.uuid().nullable(),
    serial: p.string().nullable(),
    printer: p.uuid().nullable(),
    printJob: p.uuid().nullable(),
    /** How often it was printed: with the case it names the job at the printer. */
    prints: p.integer().default(0),
    stage: p.enum(cardIssueStages),
    version: p.integer(),
    changedBy: p.string(),
    changedAt: p.datetime(),
    startedAt: p.datetime(),
    recognisedBy: p.uuid().nullable(),
    assignee: p.uuid(),
  },
});

export class CardIssueRow extends schema.class {}
schema.setClass(CardIssueRow);

export type AskedIssue = Pick<CardIssue, 'id' | 'organisation' | 'person' | 'asker' | 'replaces'>;
export type CardIssueChange =
  | { action: 'start'; issue: AskedIssue; due: string }
  | {
      action: CardIssueAction;
      issue: CardIssue;
      to: CardIssueStage;
      printer?: string;
      /** Of the order whose answer it goes by. */
      nonce?: string;
      /** Whom it is handed to. */
      assignee?: string;
      /** Of table case_ending. */
      ending?: string;
    };
/** What a step changes besides the stage. */
export type CardIssueValues = Partial<
  Pick<CardIssueRow, 'smartcard' | 'serial' | 'printer' | 'printJob' | 'prints' | 'recognisedBy' | 'assignee'>
>;

/** @throws {Refusal} WRONG_STATE if somebody got there first: an open issue for this person is there already */
export async function insertCardIssue(em: EntityManager, asked: AskedIssue, { who, at }: Cause): Promise<boolean> {
  const row = { ...asked, stage: 'choosing' as const, version: 1, assignee: asked.asker, changedBy: who, changedAt: at, startedAt: at };
  const { affectedRows } = await em.createQueryBuilder(CardIssueRow).insert(row).onConflict().ignore().execute('run');
  if (affectedRows === 1) return true;
  if (await em.findOne(CardIssueRow, { id: asked.id })) return false;
  const open = await openIssueOf(em, asked.person);
  throw new Refusal('WRONG_STATE', 'A smartcard is already being issued to this person', open ? { issue: open.id, by: open.asker } : {});
}

/** The row as the change saw it, held until the transaction ends; null when it has moved on since. */
export async function lockCardIssue(em: EntityManager, { id, version }: CardIssue): Promise<CardIssueRow | null> {
  const row = await em.findOne(CardIssueRow, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  return row?.version === version ? row : null;
}

/** Saves a change, its audit record and its open case, in the caller's transaction, which holds the row. */
export async function recordCardIssue(
  em: EntityManager,
  change: CardIssueChange,
  cause: Cause,
  values: CardIssueValues,
): Promise<CardIssue> {
  const { id } = change.issue;
  if ('to' in change) {
    const { version } = change.issue;
    const next = { ...values, stage: change.to, version: version + 1, changedBy: cause.who, changedAt: cause.at };
    if ((await em.nativeUpdate(CardIssueRow, { id, version }, next)) === 0) throw wrongStage(await getCardIssue(em, id));
  }
  const issue = await getCardIssue(em, id);
  const { organisation, person, stage } = issue;
  const detail = {
    stage,
    person,
    ...(issue.serial && { serial: issue.serial }),
    ...('printer' in change && change.printer && { printer: change.printer }),
    ...('nonce' in change && change.nonce && { nonce: change.nonce }),
    ...('assignee' in change && change.assignee && { assignee: change.assignee }),
  };
  await recordAudit(em, cause, { what: `card-issue.${change.action}`, subjectKind: 'card-issue', subjectId: id, organisation, detail });
  const due = 'due' in change && { due: new Date(change.due) };
  const waitsFor = cardIssueWaitsFor(stage);
  const has = { waitsForPerson: issue.assignee, holdsCard: holdsCard(stage) };
  await recordOpenCase(em, { kind: 'card-issue', id, organisation, person, stage, waitsFor, since: cause.at, ...has, ...due });
  return issue;
}

/** @throws {Refusal} NOT_FOUND. Says nothing of who may see it: ask `refuseUnless` with what is found. */
export async function findCardIssue(em: EntityManager, id: string): Promise<CardIssue & { organisationName: string }> {
  const row = await em.findOne(CardIssueRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return { ...asIssue(row), ...(await findOrganisation(em, row.organisation)) };
}

export const getCardIssue = async (em: EntityManager, id: string): Promise<CardIssue> =>
  asIssue(await em.findOneOrFail(CardIssueRow, { id }, { refresh: true }));

/** What goes through Temporal: ids, and dates as text. */
function asIssue(row: CardIssueRow): CardIssue {
  const { id, organisation, person, asker, stage, version, changedBy, changedAt } = row;
  return {
    id,
    organisation,
    person,
    asker,
    replaces: row.replaces ?? null,
    smartcard: row.smartcard ?? null,
    serial: row.serial ?? null,
    printer: row.printer ?? null,
    printJob: row.printJob ?? null,
    stage,
    version,
    changedBy,
    changedAt: changedAt.toISOString(),
    assignee: row.assignee,
    recognisedBy: row.recognisedBy ?? null,
  };
}

export const openIssueOf = (em: EntityManager, person: string): Promise<CardIssueRow | null> =>
  em.findOne(CardIssueRow, { person, stage: { $nin: ['done', 'ended'] } }, { refresh: true });

/** Everybody who approved a position of this person that still holds, or will. */
export async function approversOf(em: EntityManager, person: string): Promise<string[]> {
  const rows = await em.execute<Array<{ who: string }>>(
    `select distinct q.changed_by as who from position_request q join role_profile r on r.id = q.role_profile
     where q.beneficiary = :person and q.state = 'approved' and (r.ends_at is null or now() < r.ends_at)`,
    { person },
  );
  return rows.map(({ who }) => who);
}

/** Everybody who worked on the issue of the card this person holds, or is being issued: none of them may approve a position for them. */
export const issuersOf = async (em: EntityManager, person: string): Promise<string[]> =>
  (await issuersOfEach(em, [person])).get(person) ?? [];

/** The same of each of many people: two queries. Whoever has no such card is left out. */
export async function issuersOfEach(em: EntityManager, people: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  if (people.length === 0) return found;
  const issues = await em.execute<Array<{ id: string; person: string; first: string }>>(
    `select i.id, i.person, min(i.started_at) over () - interval '1 day' as first
     from card_issue i left join smartcard c on c.id = i.smartcard
     where i.person in (:people) and (i.stage not in ('done', 'ended') or c.state in ('active', 'locked'))`,
    { people: [...people] },
  );
  const [one] = issues;
  if (!one) return found;
  const personOf = new Map(issues.map(({ id, person }) => [id, person]));
  // Since a moment that the planner sees: it opens those months of the audit, not all there are.
  const rows = await em.execute<Array<{ issue: string; who: string }>>(
    `select distinct subject_id as issue, who from audit
     where subject_kind = 'card-issue' and subject_id in (:ids) and who <> 'system' and at >= :first::timestamptz`,
    { ids: [...personOf.keys()], first: one.first },
  );
  for (const { issue, who } of rows) {
    const person = personOf.get(issue) ?? '';
    found.set(person, [...(found.get(person) ?? []), who]);
  }
  return found;
}

export interface ListedIssue {
  id: string;
  person: string;
  organisation: string;
  organisationName: string;
  stage: CardIssueStage;
  startedAt: Date;
  changedBy: string;
  changedAt: Date;
}

/** Open issues, the oldest first, one page after a cursor. */
export async function openIssues(
  em: EntityManager,
  {
    organisations,
    stage,
    after,
    limit,
  }: { organisations: readonly string[]; stage?: CardIssueStage | undefined; after?: string | undefined; limit: number },
): Promise<{ issues: ListedIssue[]; count: number }> {
  if (organisations.length === 0) return { issues: [], count: 0 };
  const where = `i.organisation in (:organisations) and i.stage not in ('done', 'ended') ${stage ? 'and i.stage = :stage' : ''}`;
  const from = after ? `and (i.started_at, i.id) > (select started_at, id from card_issue where id = :after)` : '';
  const given = { organisations: [...organisations], stage, after, limit };
  const issues = await em.execute<Array<ListedIssue & { startedAt: string; changedAt: string }>>(
    `select i.id, i.person, i.organisation, o.name as "organisationName", i.stage, i.started_at as "startedAt",
       i.changed_by as "changedBy", i.changed_at as "changedAt"
     from card_issue i join organisation o on o.code = i.organisation
     where ${where} ${from} order by i.started_at, i.id limit :limit`,
    given,
  );
  const [counted] = await em.execute<Array<{ count: number }>>(`select count(*)::int as count from card_issue i where ${where}`, given);
  const dated = issues.map((issue) => ({ ...issue, startedAt: new Date(issue.startedAt), changedAt: new Date(issue.changedAt) }));
  return { issues: dated, count: counted?.count ?? 0 };
}
