/** What only a look at all open cases can know: that nobody is left who could act, and that no workflow runs for one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { roleSources } from '../../domain/actor.ts';
import { waiters } from '../../domain/open-case.ts';
import { whoCouldDecide } from '../../domain/position-request.ts';
import { peopleWithAt } from '../actor.ts';
import { issuersOfEach } from '../smartcard/card-issue.ts';

const sources = JSON.stringify(roleSources);
const wanted = JSON.stringify(Object.entries(waiters).flatMap(([waitsFor, { roles }]) => roles.map((role) => ({ waitsFor, role }))));

/** A position request's sponsor is judged by the rule of deciding one. */
const waitsForDecision = `c.kind = 'position-request' and c.waits_for = 'sponsor'`;

/**
 * Marks the cases that wait for a role nobody holds, or only the person they are about; and those that wait for a person without a
 * live position at the organisation. Frees those that somebody can act on again. Writes only what changed.
 */
export async function recordNobody(em: EntityManager): Promise<void> {
  await patiently(em, (tx) => tx.execute(markNobody, { sources, wanted }));
  await recordNobodyDecides(em);
}

const decisionsAtOnce = 2000;

/**
 * Marks the position requests that no sponsor who is left could decide, by the rule that judges who decides one; frees the others.
 * Four queries a page of them, and one more where something changed.
 */
async function recordNobodyDecides(em: EntityManager): Promise<void> {
  let after: string | null = null;
  do {
    const page: Waiting[] = await patiently(em, (tx) => pageOfWaiting(tx, after));
    const [sponsors, issuers] = await patiently(em, async (tx) => [
      await peopleWithAt(tx, 'sponsor', [...new Set(page.map(({ organisation }) => organisation))]),
      await issuersOfEach(tx, [...new Set(page.map(({ beneficiary }) => beneficiary))]),
    ]);
    const nobody = (of: Waiting) =>
      whoCouldDecide(sponsors.get(of.organisation) ?? [], { ...of, issuers: issuers.get(of.beneficiary) ?? [] }).length === 0;
    const changed = page.filter((each) => nobody(each) !== each.marked);
    const judged = JSON.stringify(changed.map(({ id, marked }) => ({ id, nobody: !marked })));
    if (changed.length > 0) await em.execute(markWaiting, { judged });
    after = page.length === decisionsAtOnce ? (page.at(-1)?.id ?? null) : null;
  } while (after);
}

interface Waiting {
  id: string;
  organisation: string;
  beneficiary: string;
  asker: string;
  checkedBy: string | null;
  /** As it stood when last looked at. */
  marked: boolean;
}

const pageOfWaiting = (em: EntityManager, after: string | null): Promise<Waiting[]> =>
  em.execute<Waiting[]>(
    `select c.id, c.organisation, r.beneficiary, r.asker, p.checked_by as "checkedBy", c.nobody_since is not null as marked
     from open_case c join position_request r on r.id = c.id join person p on p.id = r.beneficiary
     where ${waitsForDecision} ${after ? 'and c.id > :after::uuid' : ''} order by c.id limit ${decisionsAtOnce}`,
    { after },
  );

const markWaiting = `
    update open_case c set nobody_since = case when j.nobody then coalesce(c.nobody_since, now()) end
    from jsonb_to_recordset(:judged::jsonb) as j(id uuid, nobody boolean)
    where ${waitsForDecision} and c.id = j.id`;

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
       left join holders h on h.organisation = c.organisation and h.waits_for = c.waits_for
       where not (${waitsForDecision}))
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
