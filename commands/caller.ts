import type { EntityManager } from '@mikro-orm/postgresql';
import { actorIn } from '../db/actor.ts';
import type { Via } from '../db/audit.ts';
import type { Actor } from '../domain/actor.ts';

/** Who calls, and by which edge. Somebody who only opened a public page is an applicant without an application. */
export interface Caller {
  kind: 'person' | 'applicant';
  /** A person's id; an application's id, or an id of this browser's own. */
  id: string;
  /** Of an applicant: what stays the same while `id` changes from a visitor's to an application's. */
  visitor?: string;
  /** Where an applicant's request came from. Never kept as it is. */
  address?: string;
  via: Via;
  /** When the person last proved who they are; null for applicants. */
  authenticatedAt?: Date | null;
}

export const actorOf = async (em: EntityManager, { kind, id }: Caller, organisation: string): Promise<Actor> =>
  kind === 'person' ? actorIn(em, id, organisation) : { kind, id, organisation, roles: [] };
