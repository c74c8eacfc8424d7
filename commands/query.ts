/**
 * Everything that can be read is a query: a name, who may, what it takes, what it finds.
 * A query about one thing finds it first; a list covers the organisations where the caller holds a role that may.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { rolesByOrganisation } from '../db/actor.ts';
import type { Actor, Role } from '../domain/actor.ts';
import { isPublic, type Permission, permissions, refuseUnless, rolesWith, type Subject } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import { actorOf, type Caller } from './caller.ts';
import type { Contract } from './command.ts';
import type { Deps } from './deps.ts';

interface Reading<I> extends Deps {
  em: EntityManager;
  caller: Caller;
  input: I;
}

export interface Query<P extends z.ZodObject = z.ZodObject, I extends z.ZodObject = z.ZodObject, A = unknown> extends Contract<P, I> {
  /** @throws {Refusal} NOT_FOUND, NOT_PERMITTED */
  perform(deps: Deps, caller: Caller, params: z.output<P>, input: z.output<I>): Promise<A>;
}

interface OfOne<P extends z.ZodObject, I extends z.ZodObject, S extends Subject, A> extends Contract<P, I> {
  find: (em: EntityManager, params: z.output<P>, caller: Caller) => Promise<S>;
  run: (reading: Reading<z.output<I>> & { actor: Actor; subject: S }) => Promise<A>;
}

/** A query about one thing. */
export function query<P extends z.ZodObject, I extends z.ZodObject, S extends Subject, A>({
  find,
  run,
  ...contract
}: OfOne<P, I, S, A>): Query<P, I, A> {
  return {
    ...contract,
    async perform(deps, caller, params, input) {
      const em = deps.orm.em.fork();
      const subject = await find(em, params, caller);
      const actor = await actorOf(em, caller, subject.organisation);
      refuseUnless(actor, contract.permission, subject);
      return run({ ...deps, em, caller, actor, subject, input });
    },
  };
}

interface OfMany<P extends z.ZodObject, I extends z.ZodObject, A> extends Contract<P, I> {
  run: (reading: Reading<z.output<I>> & { params: z.output<P>; organisations: string[]; roles: Map<string, Role[]> }) => Promise<A>;
}

/** A query over every organisation where the caller may. With a public or signed-in permission: over none in particular. */
export function list<P extends z.ZodObject, I extends z.ZodObject, A>({ run, ...contract }: OfMany<P, I, A>): Query<P, I, A> {
  return {
    ...contract,
    async perform(deps, caller, params, input) {
      const em = deps.orm.em.fork();
      const roles = caller.kind === 'person' ? await rolesByOrganisation(em, caller.id) : new Map<string, Role[]>();
      const wanted = rolesWith(contract.permission);
      const organisations = [...roles]
        .filter(([, held]) => held.some((role) => wanted.includes(role)))
        .map(([organisation]) => organisation);
      if (organisations.length === 0 && !isOpen(contract.permission, caller)) {
        throw new Refusal('NOT_PERMITTED', `None of your positions lets you ${permissions[contract.permission].words}`);
      }
      return run({ ...deps, em, caller, params, input, organisations, roles });
    },
  };
}

const isOpen = (permission: Permission, { kind }: Caller) =>
  isPublic(permission) || (kind === 'person' && ('signedIn' in permissions[permission] || 'self' in permissions[permission]));
