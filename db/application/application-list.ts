/** Applications that were sent in, page by page: three queries however many there are. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { State } from '../../domain/application.ts';

export interface Listed {
  id: string;
  reference: string;
  state: State;
  organisation: string;
  organisationName: string;
  givenName: string | null;
  familyName: string;
  job: string;
  submittedAt: string;
  changedAt: string;
  /** Who sent the invitation; null if the person came by the employer's link. */
  invitedBy: string | null;
}

export interface Wanted {
  organisations: readonly string[];
  state?: State | undefined;
  /** What the page before ended with. */
  after?: string | undefined;
  limit: number;
}

/** The longest waiting first. A cursor holds a time and an id, so that what is added or moved on meanwhile skips nobody. */
export async function listed(em: EntityManager, wanted: Wanted): Promise<{ applications: Listed[]; next: string | null }> {
  const { organisations, state, after, limit } = wanted;
  if (organisations.length === 0) return { applications: [], next: null };
  const [at, id] = readCursor(after);
  const rows = await em.execute<Listed[]>(
    `select a.id, a.reference, a.state, a.organisation, o.name as "organisationName", a.given_name as "givenName",
       a.family_name as "familyName", a.job, a.submitted_at as "submittedAt", a.changed_at as "changedAt",
       case when i.kind = 'person' then i.made_by end as "invitedBy"
     from application a
     join organisation o on o.code = a.organisation
     left join invitation i on i.id = a.invitation
     where a.organisation in (:organisations) and a.state <> 'draft' and a.removed_at is null
       and (:state::text is null or a.state = :state) and (:at::timestamptz is null or (a.submitted_at, a.id) > (:at::timestamptz, :id::uuid))
     order by a.submitted_at, a.id
     limit :more`,
    { organisations: [...organisations], state: state ?? null, at, id, more: limit + 1 },
  );
  const iso = (text: string) => new Date(text).toISOString();
  const applications = rows.slice(0, limit).map((row) => ({ ...row, submittedAt: iso(row.submittedAt), changedAt: iso(row.changedAt) }));
  const last = applications.at(-1);
  return { applications, next: rows.length > limit && last ? cursorOf(last) : null };
}

/** How many there are in each state. */
export async function countApplications(em: EntityManager, organisations: readonly string[]): Promise<Partial<Record<State, number>>> {
  if (organisations.length === 0) return {};
  const rows = await em.execute<Array<{ state: State; count: number }>>(
    `select state, count(*)::int as count from application
     where organisation in (:organisations) and state <> 'draft' and removed_at is null group by state`,
    { organisations: [...organisations] },
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const cursorOf = ({ submittedAt, id }: Listed) => Buffer.from(`${submittedAt} ${id}`).toString('base64url');

/** A cursor that is none begins at the beginning. */
function readCursor(cursor: string | undefined): [string | null, string | null] {
  const [, at, id] = /^(\S+) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(Buffer.from(cursor ?? '', 'base64url').toString()) ?? [];
  return at && id && !Number.isNaN(Date.parse(at)) ? [at, id] : [null, null];
}
