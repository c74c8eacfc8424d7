/**
 * Giving somebody a position: what is judged when it is asked for, and again in the transaction that gives it.
 * Called by commands/position-request/ and activities/position-request.ts.
 */
import { conflicts, type Role, roleSources, roleWords, rolesOf } from './actor.ts';
import { nothingHere, Refusal } from './refusal.ts';

/** A role somebody holds at the same time, and how its organisation lies to the one asked about. */
export interface HeldRole {
  readonly role: Role;
  readonly lies: 'here' | 'above' | 'below';
}

export interface Assignment {
  readonly organisation: string;
  readonly person: { readonly state: string };
  readonly position: {
    readonly organisation: string;
    readonly jobRole: string;
    readonly activities: readonly string[];
    readonly closedAt?: Date | null | undefined;
  };
  readonly held: readonly HeldRole[];
}

/**
 * @throws {Refusal} WRONG_STATE unless the person is active and the position open; NOT_FOUND if it is another organisation's;
 *   CONFLICT_OF_ROLES if they would then register people and approve them at one organisation
 */
export function refuseAssignment({ organisation, person, position, held }: Assignment): void {
  if (position.organisation !== organisation) throw nothingHere();
  if (person.state !== 'active') throw new Refusal('WRONG_STATE', `The profile of this person is ${person.state}`, { state: person.state });
  if (position.closedAt) {
    throw new Refusal('WRONG_STATE', 'This position was closed', { state: 'closed', at: position.closedAt.toISOString() });
  }
  refuseConflict(held, rolesOf([position.jobRole, ...position.activities]));
}

function refuseConflict(held: readonly HeldRole[], added: readonly Role[]): void {
  for (const role of added) {
    const together = [...added, ...held.filter((each) => doMeet(each, role)).map((each) => each.role)];
    const other = together.find((each) => areInConflict(role, each));
    if (!other) continue;
    const [one, two] = [roleWords[role], roleWords[other]].toSorted();
    throw new Refusal(
      'CONFLICT_OF_ROLES',
      `This person would be both ${one} and ${two} at one organisation. Who registers people must not approve their access`,
      { position: role, held: other },
    );
  }
}

/** Two roles meet where both are good: one that reaches down meets what is held below. */
function doMeet({ role, lies }: HeldRole, added: Role): boolean {
  if (lies === 'here') return true;
  return reachesBelow(lies === 'above' ? role : added);
}

const reachesBelow = (role: Role) => roleSources.some((source) => source.role === role && source.reaches === 'below');
const areInConflict = (one: Role, other: Role) => conflicts.some((pair) => one !== other && pair.includes(one) && pair.includes(other));
