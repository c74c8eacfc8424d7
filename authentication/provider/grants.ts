import type { Configuration, Session } from 'oidc-provider';
import { type LiveSignIn, recordClient } from '../../db/sign-in/sign-in.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { amrOf, satisfies } from './assurance.ts';
import { wantedClasses } from './policy.ts';
import type { SignedIn } from './signed-in.ts';

/**
 * One grant for each sign-in and system, made the first time: every token hangs on it, and so on the sign-in.
 * A client is granted what it asks for: it can ask for no more than it is registered for.
 */
export function createGrants({ orm }: AuthenticationDeps, signedIn: SignedIn): NonNullable<Configuration['loadExistingGrant']> {
  return async (ctx) => {
    const signIn = await signedIn(ctx);
    const { client, session, provider } = ctx.oidc;
    if (!signIn || !client || !session) return undefined;

    tell(session, signIn, ctx.oidc.params?.['acr_values'] ? wantedClasses(ctx) : []);
    const kept = signIn.grant ? await provider.Grant.find(signIn.grant) : undefined;
    const grant = kept ?? new provider.Grant({ accountId: signIn.careId, clientId: client.clientId });
    const wanted = ctx.oidc.requestParamOIDCScopes;
    if (kept?.getOIDCScopeFiltered(wanted).split(' ').length === wanted.size) return kept;

    grant.addOIDCScope([...wanted].join(' '));
    const id = await grant.save();
    session.ensureClientContainer(client.clientId);
    await recordClient(
      orm.em.fork(),
      signIn,
      { grant: id, client: client.clientId, sid: String(session.sidFor(client.clientId)) },
      new Date(),
    );
    return grant;
  };
}

/** The sign-in as the ID token will say it: by the class that was asked for, if there was one. Writes only what changed. */
function tell(session: Session, signIn: LiveSignIn, asked: readonly string[]): void {
  const acr = asked.find((each) => satisfies(signIn, each)) ?? signIn.acr;
  const loginTs = Math.floor(signIn.startedAt.getTime() / 1000);
  if (session.acr === acr && session.loginTs === loginTs) return;
  Object.assign(session, { acr, amr: amrOf[signIn.method], loginTs });
}
