/** Whom a manager can remind of a case, and whom it can be handed to: by the rules of its kind. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { isCaseKind, kinds, rolesFor } from '../../domain/open-case.ts';
import { peopleWith } from '../actor.ts';
import type { BoardCase } from './open-case-board.ts';
import { PersonRow } from '../person/person.ts';
import { apartFrom, decidersOf } from '../position-request/position-request-people.ts';
import { PositionRequestRow } from '../position-request/position-request.ts';

type Of = Pick<BoardCase, 'kind' | 'id' | 'organisation' | 'person' | 'waitsFor' | 'waitsForPerson'>;

/** Who could act on it now; the person it is about never. */
export async function whoCouldAct(em: EntityManager, of: Of): Promise<string[]> {
  if (of.kind === 'position-request' && of.waitsFor === 'sponsor') return sponsorsOf(em, of);
  const held = await Promise.all(rolesFor(of.waitsFor).map((role) => peopleWith(em.fork(), role, of.organisation)));
  return [...new Set(held.flat())].filter((person) => person !== of.person);
}

async function sponsorsOf(em: EntityManager, { id, organisation }: Of): Promise<string[]> {
  const request = await em.findOneOrFail(PositionRequestRow, { id });
  return decidersOf(em, organisation, await apartFrom(em, request));
}

/** Whom a reminder goes to: whoever has it, else everybody who could act. An applicant has no person's id, and is told of as such. */
export async function whoIsReminded(em: EntityManager, of: Of): Promise<string[]> {
  if (of.waitsForPerson) return [of.waitsForPerson];
  if (of.waitsFor === 'holder') return of.person ? [of.person] : [];
  return whoCouldAct(em, of);
}

/** @returns nobody where the kind cannot be handed over, or waits for somebody in particular */
export async function whoCouldHaveIt(em: EntityManager, of: Of): Promise<string[]> {
  if (!isCaseKind(of.kind) || kinds[of.kind].handOver === undefined) return [];
  const able = await whoCouldAct(em, of);
  return able.filter((person) => person !== of.waitsForPerson);
}

export interface NamedPerson {
  id: string;
  name: string;
  careId: string;
}

/** People to choose from, by name: one query. */
export async function namedPeople(em: EntityManager, ids: readonly string[]): Promise<NamedPerson[]> {
  if (ids.length === 0) return [];
  const rows = await em.find(PersonRow, { id: { $in: [...ids] } }, { orderBy: { familyName: 1, givenNames: 1, id: 1 } });
  return rows.map(({ id, givenNames, familyName, careId }) => ({ id, name: [givenNames, familyName].filter(Boolean).join(' '), careId }));
}
