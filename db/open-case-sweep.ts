/** What only a look at all open cases can know: that nobody is left who could act, and that no workflow runs for one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { roleSources } from '../domain/actor.ts';
import { waiters } from '../domain/open-case.ts';

const sources = JSON.stringify(roleSources);
const wanted = JSON.stringify(Object.entries(waiters).flatMap(([waitsFor, { roles }]) => roles.map((role) => ({ waitsFor, role }))));

/**
 * Marks the cases that wait for a role nobody holds, or only the person they are about; and those that wait for a person without a
 * live position at the organisation. Frees those that somebody can act on again. Writes only what changed.
 */
export async function recordNobody(em: EntityManager): Promise<void> {
  await patiently(em, (tx) => tx.execute(markNobody, { sources, wanted }));
}

/** A sweep looks at everything, and nobody waits for it: it is given longer than what a person waits for. */
export const patiently = <A>(em: EntityManager, act: (tx: EntityManager) => Promise<A>): Promise<A> =>
  em.transactional(async (tx) => {
    await tx.execute(`set local statement_timeout = '60s'`);
    return act(tx);
  });

const markNobody = `
    with recursive waiting as (
       select distinct c.organisation, c.waits_for from open_case c),
     above as (
       select organisation as start, organisation as code from (select distinct organisation from waiting) w
       union
       select a.start, o.parent from above a join organisation o on o.code = a.code where o.parent is not null),
     live as (
       select p.person, p.organisation, source.role, source.reaches
       from role_profile p
       join person on person.id = p.person and person.state = 'active'
       join jsonb_to_recordset(:sources::jsonb) as source(role text, code text, reaches text)
         on source.code = any(p.activities || p.job_role)
       where now() >= p.starts_at and (p.ends_at is null or now() < p.ends_at)),
     holders as (
       select a.start as organisation, wanted."waitsFor" as waits_for, count(distinct l.person) as n, min(l.person::text) as one
       from above a
       join live l on l.organisation = a.code and (l.reaches = 'below' or a.code = a.start)
       join jsonb_to_recordset(:wanted::jsonb) as wanted("waitsFor" text, role text) on wanted.role = l.role
       group by 1, 2),
     judged as (
       select c.kind, c.id,
         case
           when c.waits_for in (select "waitsFor" from jsonb_to_recordset(:wanted::jsonb) as w("waitsFor" text))
             then coalesce(h.n, 0) = 0 or (h.n = 1 and h.one = c.person::text)
           when c.waits_for = 'asker' and c.waits_for_person is not null
             then not exists (
               select 1 from live l join above a on a.start = c.organisation and a.code = l.organisation
               where l.person = c.waits_for_person and (l.reaches = 'below' or a.code = a.start))
           else false
         end as nobody
       from open_case c
       left join holders h on h.organisation = c.organisation and h.waits_for = c.waits_for)
     update open_case c set nobody_since = case when j.nobody then now() end
     from judged j where j.kind = c.kind and j.id = c.id and j.nobody <> (c.nobody_since is not null)`;

export interface CaseKey {
  kind: string;
  id: string;
}

/** A page of the open cases old enough to have a workflow, in the order of their keys. */
export const pageOfKeys = (em: EntityManager, after: CaseKey | null, limit: number): Promise<Array<CaseKey & { lost: boolean }>> =>
  em.execute<Array<CaseKey & { lost: boolean }>>(
    `select kind, id, lost_since is not null as lost from open_case
     where since < now() - interval '2 minutes' ${after ? 'and (kind, id) > (:kind, :id::uuid)' : ''}
     order by kind, id limit ${limit}`,
    { kind: after?.kind, id: after?.id },
  );

/** Marks or frees cases that no workflow runs for. */
export async function recordLost(em: EntityManager, { kind, id }: CaseKey, lost: boolean): Promise<void> {
  const since = lost ? 'coalesce(lost_since, now())' : 'null';
  await em.execute(`update open_case set lost_since = ${since} where kind = :kind and id = :id`, { kind, id });
}

export async function recordSwept(em: EntityManager): Promise<void> {
  await em.execute(`insert into open_case_sweep (at) values (now()) on conflict (is_only_row) do update set at = now()`);
}

/** When the cases were last compared with what runs; null before the first time. */
export async function sweptAt(em: EntityManager): Promise<Date | null> {
  const [row] = await em.execute<Array<{ at: string }>>(`select at from open_case_sweep`);
  return row ? new Date(row.at) : null;
}
