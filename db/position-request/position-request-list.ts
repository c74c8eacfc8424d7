/** Position requests as pages list them: with names and words, one query a page however many there are. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { mostCounted } from '../../domain/count.ts';
import type { State } from '../../domain/position-request.ts';
import { isoOf } from '../iso.ts';

export const views = ['to-decide', 'yours', 'open', 'closed'] as const;
export type View = (typeof views)[number];

export interface ListedRequest {
  id: string;
  organisation: string;
  organisationName: string;
  beneficiary: string;
  beneficiaryName: string;
  beneficiaryCareId: string;
  asker: string;
  askerName: string;
  positionName: string;
  /** What access it gives, in plain words. */
  positionWords: string;
  why: string;
  startsOn: string;
  endsOn: string | null;
  state: State;
  askedAt: string;
  dueAt: string;
  changedAt: string;
  isLate: boolean;
  /** Whom the RA manager asked to decide it. */
  namedSponsor: string | null;
  /** Who has taken it on, until when. */
  takenBy: string | null;
  takenByName: string | null;
  takenUntil: string | null;
}

const name = (alias: string) => `concat_ws(' ', ${alias}.given_names, ${alias}.family_name)`;

const listed = `
  select r.id, r.organisation, o.name as "organisationName", r.beneficiary, ${name('b')} as "beneficiaryName", b.care_id as "beneficiaryCareId",
    r.asker, ${name('a')} as "askerName", p.name as "positionName", p.words as "positionWords", w.words as why,
    r.starts_on::text as "startsOn", r.ends_on::text as "endsOn", r.state, ${isoOf('r.asked_at')} as "askedAt", ${isoOf('r.due_at')} as "dueAt",
    ${isoOf('r.changed_at')} as "changedAt", r.state in ('submitted', 'sent-back') and r.due_at < now() as "isLate",
    r.named_sponsor as "namedSponsor", case when r.leased_until > now() then r.leased_by end as "takenBy", case when r.leased_until > now() then ${name('l')} end as "takenByName",
    case when r.leased_until > now() then ${isoOf('r.leased_until')} end as "takenUntil"
  from position_request r join organisation o on o.code = r.organisation join position p on p.id = r.position
  join position_request_words w on w.id = r.why join person b on b.id = r.beneficiary join person a on a.id = r.asker
  left join person l on l.id = r.leased_by`;

const at = (organisations: string) => `r.organisation in (select jsonb_array_elements_text(:${organisations}::jsonb))`;
const worked = `exists (
  select from card_issue i left join smartcard c on c.id = i.smartcard
  join audit x on x.subject_kind = 'card-issue' and x.subject_id = i.id::text and x.who = :me
  where i.person = r.beneficiary and (i.stage not in ('done', 'ended') or c.state in ('active', 'locked')))`;

/** A closed request is listed for so long. */
const closedForDays = 30;

const wheres: Record<View, string> = {
  // Those the caller could decide: the same people are kept apart as in domain/position-request.ts.
  'to-decide': `${at('sponsorAt')} and r.state = 'submitted' and r.asker <> :me::uuid and r.beneficiary <> :me::uuid
    and not exists (select from person where id = r.beneficiary and checked_by = :me::uuid) and not ${worked}`,
  yours: `r.asker = :me::uuid and ${at('organisations')} and (r.state in ('submitted', 'sent-back') or r.changed_at > now() - interval '${closedForDays} days')`,
  open: `${at('organisations')} and r.state in ('submitted', 'sent-back')`,
  closed: `${at('organisations')} and r.state not in ('submitted', 'sent-back') and r.changed_at > now() - interval '${closedForDays} days'`,
};
/** What waits longest comes first; what is over, last changed first. */
const orders: Record<View, { by: 'asked_at' | 'changed_at'; way: 'asc' | 'desc' }> = {
  'to-decide': { by: 'asked_at', way: 'asc' },
  yours: { by: 'asked_at', way: 'desc' },
  open: { by: 'asked_at', way: 'asc' },
  closed: { by: 'changed_at', way: 'desc' },
};

export interface Listing {
  me: string;
  view: View;
  /** Where the caller may see requests. */
  organisations: readonly string[];
  /** Where the caller is a sponsor. */
  sponsorAt: readonly string[];
  late?: boolean | undefined;
  /** The id of the last one on the page before. */
  after?: string | undefined;
  limit: number;
}

export async function listPositionRequests(em: EntityManager, listing: Listing): Promise<{ requests: ListedRequest[]; count: number }> {
  const { view, late, after, limit, me } = listing;
  const { by, way } = orders[view];
  const where = `${wheres[view]} ${late ? `and r.state in ('submitted', 'sent-back') and r.due_at < now()` : ''}`;
  const from = after
    ? `and (r.${by}, r.id) ${way === 'asc' ? '>' : '<'} (select ${by}, id from position_request where id = :after::uuid)`
    : '';
  const given = {
    me,
    after: after ?? null,
    limit,
    organisations: JSON.stringify(listing.organisations),
    sponsorAt: JSON.stringify(listing.sponsorAt),
  };
  const requests = await em.execute<ListedRequest[]>(
    `${listed} where ${where} ${from} order by r.${by} ${way}, r.id ${way} limit :limit`,
    given,
  );
  const [counted] = await em.execute<Array<{ count: number }>>(
    `select count(*)::int as count from (select from position_request r where ${where} limit ${mostCounted + 1}) counted`,
    given,
  );
  return { requests, count: counted?.count ?? 0 };
}

/** These requests, in the order of their ids, of those the caller may see. */
export async function listedRequests(
  em: EntityManager,
  ids: readonly string[],
  organisations: readonly string[],
): Promise<ListedRequest[]> {
  return em.execute<ListedRequest[]>(
    `${listed} join jsonb_array_elements_text(:ids::jsonb) with ordinality as wanted(id, place) on wanted.id::uuid = r.id
     where ${at('organisations')} order by wanted.place`,
    { ids: JSON.stringify(ids), organisations: JSON.stringify(organisations) },
  );
}

/** The latest requests for one person at these organisations. */
export async function requestsFor(em: EntityManager, person: string, organisations: readonly string[]): Promise<ListedRequest[]> {
  if (organisations.length === 0) return [];
  return em.execute<ListedRequest[]>(
    `${listed} where r.beneficiary = :person::uuid and ${at('organisations')} order by r.asked_at desc, r.id limit 50`,
    { person, organisations: JSON.stringify(organisations) },
  );
}

/** What somebody who asks should know: whether the same was asked for and is open, and whether the person holds it already. */
export async function whatIsAlike(
  em: EntityManager,
  { beneficiary, position }: { beneficiary: string; position: string },
): Promise<{ isAsked: boolean; isHeld: boolean }> {
  const [row] = await em.execute<Array<{ isAsked: boolean; isHeld: boolean }>>(
    `select exists (select from position_request where beneficiary = :beneficiary and position = :position and state in ('submitted', 'sent-back')) as "isAsked",
       exists (select from role_profile where person = :beneficiary and position = :position and (ends_at is null or now() < ends_at)) as "isHeld"`,
    { beneficiary, position },
  );
  return row ?? { isAsked: false, isHeld: false };
}

export interface StoryLine {
  at: Date;
  who: string;
  what: string;
  words: string | null;
}

/** What happened to a request, from its audit, with the words people wrote. */
export async function storyOf(em: EntityManager, id: string): Promise<StoryLine[]> {
  const rows = await em.execute<Array<Omit<StoryLine, 'at'> & { at: string }>>(
    `select a.at, a.who, a.what, w.words from audit a
     left join position_request_words w on w.id::text = a.detail ->> 'words'
     where a.subject_kind = 'position-request' and a.subject_id = :id order by a.at, a.id`,
    { id },
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
