/** Who is told of what happens to a position request: one table, from the action to a letter and those it goes to. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { MailTemplate } from '../../domain/mail-template.ts';
import { type Action, type PositionRequest, waitsFor } from '../../domain/position-request.ts';
import { peopleWith } from '../actor.ts';
import type { Cause } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
import { apartFrom, decidersOf } from './position-request-people.ts';

export type Told = Action | 'submit' | 'remind' | 'escalate' | 'name-sponsor';
type To = 'deciders' | 'asker' | 'beneficiary' | 'managers' | 'waited-for' | 'given';

/** A manager who ends an open case tells of it by the case's own letters (db/open-case/case-ending.ts). */
const letters: Partial<Record<Told, ReadonlyArray<readonly [MailTemplate, To]>>> = {
  submit: [['position-request-submitted', 'deciders']],
  'send-back': [['position-request-sent-back', 'asker']],
  resubmit: [['position-request-answered', 'deciders']],
  approve: [
    ['position-request-approved-yours', 'beneficiary'],
    ['position-request-approved', 'asker'],
  ],
  reject: [['position-request-rejected', 'asker']],
  withdraw: [['position-request-withdrawn', 'deciders']],
  expire: [
    ['position-request-expired', 'asker'],
    ['position-request-expired', 'managers'],
  ],
  remind: [['position-request-reminder', 'waited-for']],
  escalate: [['position-request-escalated', 'managers']],
  'name-sponsor': [['position-request-sponsor-named', 'given']],
};

/**
 * Queues the letters of one change, in its transaction.
 *
 * @param given whom else: the sponsor who was named
 * @returns everybody who is told
 */
export async function recordPositionRequestMail(
  em: EntityManager,
  what: Told,
  request: PositionRequest,
  cause: Cause,
  given: readonly string[] = [],
): Promise<string[]> {
  const { id, organisation, position, startsOn } = request;
  const told = new Set<string>();
  for (const [template, to] of letters[what] ?? []) {
    for (const person of await peopleFor(em, to, request, given)) {
      if (person !== cause.who) {
        const letter = { to: { kind: 'person' as const, id: person }, template, about: { kind: 'position-request', id }, organisation };
        await recordMail(em, { ...letter, data: { position, startsOn } }, cause);
        told.add(person);
      }
    }
  }
  return [...told];
}

async function peopleFor(em: EntityManager, to: To, request: PositionRequest, given: readonly string[]): Promise<readonly string[]> {
  if (to === 'given') return given;
  if (to === 'asker') return [request.asker];
  if (to === 'beneficiary') return [request.beneficiary];
  if (to === 'managers') return peopleWith(em, 'ra-manager', request.organisation);
  if (to === 'waited-for') return peopleFor(em, waitsFor(request.state) === 'sponsor' ? 'deciders' : 'asker', request, given);
  return decidersOf(em, request.organisation, await apartFrom(em, request));
}
