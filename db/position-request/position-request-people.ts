/** Who is around a position request: whom the rules keep apart, who could decide, and what the person it is for holds already. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { roleSources } from '../../domain/actor.ts';
import type { HeldRole } from '../../domain/assignment.ts';
import { type Apart, whoCouldDecide } from '../../domain/position-request.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { peopleWith } from '../actor.ts';
import { issuersOf } from '../smartcard/card-issue.ts';

type Asked = Pick<Apart, 'beneficiary' | 'asker'>;

/** @throws {Refusal} NOT_FOUND if there is no such person */
export async function apartFrom(em: EntityManager, { beneficiary, asker }: Asked): Promise<Apart & { state: string }> {
  const [row] = await em.execute<Array<{ state: string; checkedBy: string | null }>>(
    `select state, checked_by as "checkedBy" from person where id = :beneficiary`,
    { beneficiary },
  );
  if (!row) throw nothingHere();
  return { beneficiary, asker, ...row, issuers: await issuersOf(em, beneficiary) };
}

/** The live sponsors of an organisation who could decide. */
export const decidersOf = async (em: EntityManager, organisation: string, apart: Apart): Promise<string[]> =>
  whoCouldDecide(await peopleWith(em, 'sponsor', organisation), apart);

/** Holds back every other assignment to the same person until this transaction ends: two at once cannot make a conflict that neither saw. */
export async function lockPerson(em: EntityManager, person: string): Promise<void> {
  await em.execute(`select id from person where id = :person for no key update`, { person });
}

/**
 * The roles a person holds at some moment of a position with these days, at its organisation, those above and those below.
 * Moments, because a position goes on into the morning after its last day. Unions, so that a loop in the hierarchy ends.
 */
export async function rolesHeldDuring(
  em: EntityManager,
  { person, organisation, startsOn, endsOn }: { person: string; organisation: string; startsOn: string; endsOn: string | null },
): Promise<HeldRole[]> {
  return em.execute<HeldRole[]>(
    `with recursive held as (
       select p.organisation, source.role
       from role_profile p
       join jsonb_to_recordset(:sources::jsonb) as source(role text, code text) on source.code = any(p.activities || p.job_role)
       join organisation asked on asked.code = :organisation
       where p.person = :person and (p.ends_at is null or p.ends_at > :startsOn::date::timestamp at time zone 'Europe/London')
         and (:endsOn::date is null or
           p.starts_at < (:endsOn::date + 1 + make_interval(hours => asked.ends_at_hour)) at time zone 'Europe/London')),
     above as (
       select start.code as start, start.code, o.parent
       from (select organisation as code from held union select :organisation) start join organisation o on o.code = start.code
       union
       select a.start, o.code, o.parent from above a join organisation o on o.code = a.parent)
     select distinct h.role, case when h.organisation = :organisation then 'here' when mine.code is not null then 'above' else 'below' end as lies
     from held h
     left join above mine on mine.start = :organisation and mine.code = h.organisation
     left join above theirs on theirs.start = h.organisation and theirs.code = :organisation
     where mine.code is not null or theirs.code is not null`,
    { person, organisation, startsOn, endsOn, sources: JSON.stringify(roleSources) },
  );
}

export interface OrganisationWithSponsors {
  code: string;
  name: string;
  /** How many people approve there now. */
  sponsors: number;
}

/** These organisations by name, those without a sponsor too, so that it can be said that nobody there could decide. */
export async function organisationsWithSponsors(
  em: EntityManager,
  codes: readonly string[],
  { q, limit }: { q?: string | undefined; limit: number },
): Promise<{ found: OrganisationWithSponsors[]; isMore: boolean }> {
  const found = await em.execute<OrganisationWithSponsors[]>(
    `select o.code, o.name, (
       select count(distinct p.person)::int from role_profile p join person on person.id = p.person and person.state = 'active'
       where p.organisation = o.code and p.activities || p.job_role && array(select jsonb_array_elements_text(:sponsor::jsonb))
         and now() >= p.starts_at and (p.ends_at is null or now() < p.ends_at)) as sponsors
     from organisation o
     where o.code in (select jsonb_array_elements_text(:codes::jsonb)) and (:q = '' or strpos(lower(o.name), lower(:q)) > 0 or o.code = upper(:q))
     order by o.name, o.code limit :limit`,
    { codes: JSON.stringify(codes), sponsor: JSON.stringify(sponsorCodes), q: q ?? '', limit: limit + 1 },
  );
  return { found: found.slice(0, limit), isMore: found.length > limit };
}

const sponsorCodes = roleSources.filter(({ role }) => role === 'sponsor').map(({ code }) => code);
