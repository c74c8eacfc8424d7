/** Asking for positions and approving them as the edges do: by the commands, with keys. People of the demo act; those it is for are made here. */
import { randomUUID } from 'node:crypto';
import type { Outcome, Writer } from '../../commands/command.ts';
import type { Deps } from '../../commands/deps.ts';
import { decide, submit } from '../../commands/position-request.ts';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { londonDay } from '../../domain/days.ts';
import { positions } from '../../dev/demo/organisations.ts';
import { people } from '../../dev/demo/people.ts';

const organisation = 'A9A5A';
const position = positions.find((each) => each.organisation === organisation && each.name === 'Receptionist')?.id ?? '';
const whoIs = (does: RegExp) => people.find((person) => does.test(person.does))?.id ?? '';
const asker = whoIs(/^RA agent/);
const sponsor = whoIs(/^Sponsor of Elm Surgery/);

const writer = (id: string): Writer => ({ kind: 'person', id, via: 'api', authenticatedAt: new Date(), key: randomUUID() });

/** @returns ids of new people of Elm Surgery */
export async function makeBeneficiaries({ orm }: Deps, count: number): Promise<string[]> {
  const [row] = await orm.em.fork().execute<Array<{ n: string }>>(`select max(care_id)::bigint as n from person`);
  const first = Number(row?.n ?? 0) + 1;
  const made = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    careId: String(first + n).padStart(12, '0'),
    state: 'active' as const,
    givenNames: 'Ben',
    familyName: `Adeyemi ${n}`,
    dateOfBirth: '1990-05-17',
    email: `ben.${first + n}@care-demo.example`,
    identityAssuranceLevel: 3,
    organisation,
    createdAt: new Date(),
  }));
  await orm.em.fork().insertMany(PersonRow, made);
  return made.map(({ id }) => id);
}

/** A page would say "still saving" sooner; here the whole of it is waited for. */
const answerWithinMs = 60_000;

/** One whole request for somebody. */
export const createAsking =
  (given: Deps) =>
  async (beneficiary: string): Promise<void> => {
    const deps = { ...given, answerWithinMs };
    const asked = { beneficiary, position, startsOn: londonDay(new Date()), why: 'Starts at the front desk' };
    const { id } = saved(await submit.perform(deps, writer(asker), { organisation }, asked));
    saved(await decide.perform(deps, writer(sponsor), { id }, { decision: 'approve' }));
  };

function saved<A>(outcome: Outcome<A>): A {
  if (outcome.is !== 'saved') throw new Error(`A request was ${outcome.is}`);
  return outcome.answer;
}

/** @throws {Error} unless each was approved, gave a role profile, left two audit records, and its workflow is over */
export async function checkRound({ orm, temporal }: Deps, beneficiaries: readonly string[]): Promise<void> {
  const em = orm.em.fork();
  const rows = await em.find(PositionRequestRow, {
    beneficiary: { $in: [...beneficiaries] },
    state: 'approved',
    roleProfile: { $ne: null },
  });
  const ids = rows.map(({ id }) => id);
  const audited = await em.count(AuditRow, { subjectKind: 'position-request', subjectId: { $in: ids } });
  if (ids.length !== beneficiaries.length || audited !== 2 * ids.length) {
    throw new Error(`Of ${beneficiaries.length} requests ${ids.length} were approved and ${audited} audit records kept`);
  }
  await Promise.all(ids.map((id) => temporal.workflow.getHandle(`position-request/${id}`).result()));
}
