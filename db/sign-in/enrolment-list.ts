/** Registrations by a link as a page lists them: with names, in one query however many there are. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { mostCounted } from '../../domain/count.ts';
import type { EnrolmentState, Witnessing } from '../../domain/enrolment.ts';
import { isoOf } from '../iso.ts';

export interface ListedEnrolment {
  id: string;
  organisation: string;
  organisationName: string;
  person: string;
  personName: string;
  witness: string;
  witnessName: string;
  witnessing: Witnessing;
  state: EnrolmentState;
  askedAt: string;
  expiresAt: string;
}

interface Listing {
  organisations: readonly string[];
  state?: 'open' | 'over' | undefined;
  /** The id of the last one on the page before. */
  after?: string | undefined;
  limit: number;
}

const isOpen = `e.state in ('asked', 'sent', 'registered')`;

/** The newest first. */
export async function listedEnrolments(
  em: EntityManager,
  { organisations, state, after, limit }: Listing,
): Promise<{ count: number; found: ListedEnrolment[] }> {
  const states = state ? `and ${state === 'open' ? '' : 'not '}${isOpen}` : '';
  const where = `e.organisation in (select jsonb_array_elements_text(:organisations::jsonb)) ${states}`;
  const given = { organisations: JSON.stringify(organisations), after: after ?? null, limit };
  const [counted] = await em.execute<Array<{ n: number }>>(
    `select count(*)::int as n from (select from enrolment e where ${where} limit ${mostCounted + 1}) counted`,
    given,
  );
  const found = await em.execute<ListedEnrolment[]>(
    `select e.id, e.organisation, o.name as "organisationName", e.person, concat_ws(' ', p.given_names, p.family_name) as "personName",
       e.witness, concat_ws(' ', w.given_names, w.family_name) as "witnessName", e.witnessing, e.state,
       ${isoOf('e.asked_at')} as "askedAt", ${isoOf('e.expires_at')} as "expiresAt"
     from enrolment e join organisation o on o.code = e.organisation join person p on p.id = e.person join person w on w.id = e.witness
     where ${where} and (:after::uuid is null or (e.asked_at, e.id) < (select asked_at, id from enrolment where id = :after::uuid))
     order by e.asked_at desc, e.id desc limit :limit`,
    given,
  );
  return { count: counted?.n ?? 0, found };
}
