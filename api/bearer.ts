/** Whom a bearer token speaks for: asked of the authentication service (RFC 7662), and of the tables whether that is so now. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Request } from 'express';
import * as openid from 'openid-client';
import { z } from 'zod';
import type { Caller } from '../commands/caller.ts';
import { liveSignIn } from '../db/sign-in.ts';
import { Unauthorised } from './edge.ts';

/** What a token must have been granted. */
const apiScope = 'care-identity-api';
const introspected = z.object({ active: z.literal(true), client_id: z.string(), sid: z.string(), sub: z.string(), scope: z.string() });
/** The authentication service's configuration may be kept for an hour. */
const keptMs = 50 * 60 * 1000;

export interface BearerSettings {
  orm: MikroORM;
  issuer: string;
  clientId: string;
  /** PKCS#8 in PEM, P-256. */
  clientKey: string;
}

/** @returns what ApiDeps.callerOf is */
export function createBearer({ orm, issuer, clientId, clientKey }: BearerSettings): (req: Request) => Promise<Caller> {
  let kept: { configuration: Promise<openid.Configuration>; until: number } | undefined;
  async function discover(): Promise<openid.Configuration> {
    const key = createPrivateKey(clientKey).export({ type: 'pkcs8', format: 'der' });
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const privateKey = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(key), algorithm, false, ['sign']);
    const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    return openid.discovery(new URL(issuer), clientId, {}, openid.PrivateKeyJwt(privateKey), { execute });
  }
  function configuration(): Promise<openid.Configuration> {
    if (!kept || kept.until < Date.now()) {
      const asked = { configuration: discover(), until: Date.now() + keptMs };
      asked.configuration.catch(() => (kept = undefined)); // asked again next time
      kept = asked;
    }
    return kept.configuration;
  }

  return async (req) => {
    const [scheme, token] = (req.get('Authorization') ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || !token || !/^[\w~.+/=-]{20,200}$/.test(token)) throw new Unauthorised();
    const said = introspected.safeParse(await openid.tokenIntrospection(await configuration(), token));
    if (!said.success || !said.data.scope.split(' ').includes(apiScope)) throw new Unauthorised();
    const { client_id: client, sid, sub } = said.data;
    const signIn = await liveSignIn(orm.em.fork(), { client, sid });
    if (signIn?.careId !== sub) throw new Unauthorised();
    return { kind: 'person', id: signIn.person, via: 'api', authenticatedAt: signIn.startedAt };
  };
}
