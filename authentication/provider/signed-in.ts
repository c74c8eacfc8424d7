/** From a request that oidc-provider handles to the sign-in it hangs on. Asked of PostgreSQL once a request. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { liveSignIn, type LiveSignIn, recordSession } from '../../db/sign-in/sign-in.ts';
import type { AuthenticationDeps } from '../deps.ts';

export type SignedIn = (ctx: KoaContextWithOIDC) => Promise<LiveSignIn | undefined>;

/** What a sign-in page of ours leaves with the interaction. */
const justSignedIn = (ctx: KoaContextWithOIDC) => ctx.oidc.result?.login?.['signIn'] as string | undefined;

export function createSignedIn({ orm }: AuthenticationDeps): SignedIn {
  const asked = new WeakMap<KoaContextWithOIDC, Promise<LiveSignIn | undefined>>();

  async function ask(ctx: KoaContextWithOIDC): Promise<LiveSignIn | undefined> {
    const { session } = ctx.oidc;
    if (!session?.accountId) return undefined;
    const em = orm.em.fork();
    const id = justSignedIn(ctx);
    if (id) await recordSession(em, id, session.uid);
    const signIn = await liveSignIn(em, { sessionUid: session.uid }, ctx.oidc.client?.clientId);
    return signIn?.careId === session.accountId ? signIn : undefined;
  }

  return (ctx) => {
    const before = asked.get(ctx);
    if (before) return before;
    const now = ask(ctx);
    asked.set(ctx, now);
    return now;
  };
}
