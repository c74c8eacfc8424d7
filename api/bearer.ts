/** Whom a bearer token speaks for: asked of the authentication service (RFC 7662), and of the tables whether that is so now. */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Request } from 'express';
import * as openid from 'openid-client';
import { z } from 'zod';
import type { Caller } from '../commands/caller.ts';
import { liveSignIn } from '../db/sign-in/sign-in.ts';
import { readApplicantToken } from '../domain/applicant-visit.ts';
import { keptConfiguration, type OpenIdSettings } from '../pages/openid.ts';
import { tokenIn, Unauthorised } from './edge.ts';

/** What a token must have been granted. */
const apiScope = 'care-identity-api';
const introspected = z.object({ active: z.literal(true), client_id: z.string(), sid: z.string(), sub: z.string(), scope: z.string() });

export interface BearerSettings extends OpenIdSettings {
  orm: MikroORM;
}

/** @returns what ApiDeps.callerOf is */
export function createBearer({ orm, ...settings }: BearerSettings): (req: Request) => Promise<Caller> {
  const configuration = keptConfiguration(settings);
  return async (req) => {
    const token = tokenIn(req);
    if (readApplicantToken(token)) throw new Unauthorised(); // a secret of ours, that nobody else is asked about
    const said = introspected.safeParse(await openid.tokenIntrospection(await configuration(), token));
    if (!said.success || !said.data.scope.split(' ').includes(apiScope)) throw new Unauthorised();
    const { client_id: client, sid, sub } = said.data;
    const signIn = await liveSignIn(orm.em.fork(), { client, sid });
    if (signIn?.careId !== sub) throw new Unauthorised();
    return { kind: 'person', id: signIn.person, via: 'api', authenticatedAt: signIn.startedAt };
  };
}
