import { z } from 'zod';
import { once } from '../../db/idempotency.ts';
import { findOrganisation } from '../../db/organisation/organisation.ts';
import { fullName } from '../../db/person/person.ts';
import { recordPersonState } from '../../db/person/person-state.ts';
import { liveSignInsOf } from '../../db/sign-in/sign-in-list.ts';
import { mayStep, nextPersonState, type PersonAction, personActions, personReasons, reasonsOf } from '../../domain/person-state.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Caller } from '../caller.ts';
import { causeOf, command } from '../command.ts';
import { query } from '../query.ts';
import { findPersonSeenBy } from './sight.ts';

type Em = Parameters<typeof findPersonSeenBy>[0];
const params = z.object({ person: z.uuid() });

/** Judged where the person is registered: whose registration authority answers for them. @throws {Refusal} NOT_FOUND */
export async function findRegistered(em: Em, { person }: { person: string }, caller: Caller) {
  const { row } = await findPersonSeenBy(em, person, caller);
  return { ...(await findOrganisation(em, row.organisation)), person, row };
}

/** What suspending, closing or opening again would do, before it is done. */
const previewOf = (action: PersonAction) =>
  query({
    name: `person.preview-${action}`,
    permission: 'person.change-state',
    params,
    input: z.object({}),
    find: findRegistered,
    async run({ em, caller, subject: { person, row, organisationName } }) {
      refuseOwn(person, caller.id);
      nextPersonState(row.state, action);
      const { length: signIns } = await liveSignInsOf(em, person);
      const { careId, state } = row;
      return { person, action, name: fullName(row), careId, state, organisationName, reasons: personReasons[action], signIns };
    },
  });
export const previewSuspend = previewOf('suspend');
export const previewClose = previewOf('close');
export const previewReopen = previewOf('reopen');

/** A command for each step: signed in or not, nothing of before works after it. */
const stateCommand = (action: PersonAction) =>
  command({
    name: `person.${action}`,
    permission: 'person.change-state',
    params,
    input: z.strictObject({ reason: z.enum(reasonsOf(action), 'Select a reason') }),
    find: findRegistered,
    async run({ em, subject: { person }, input: { reason }, key, ...asking }) {
      refuseOwn(person, asking.actor.id);
      const cause = causeOf(`person.${action}`, { ...asking, key }, null);
      const answer = await once(em, key, async (tx) => ({
        id: person,
        ended: await recordPersonState(tx, cause, { person, action, reason }),
      }));
      return { is: 'saved', answer };
    },
  });

export const suspendPerson = stateCommand('suspend');
export const closePerson = stateCommand('close');
export const reopenPerson = stateCommand('reopen');

/** What may be done with somebody in this state. */
export const stepsFrom = (state: 'active' | 'suspended' | 'closed'): PersonAction[] =>
  personActions.filter((action) => mayStep(state, action));

function refuseOwn(person: string, caller: string): void {
  if (person === caller) throw new Refusal('SAME_PERSON', 'You cannot suspend, close or open your own Care ID. Ask another RA manager');
}
