/** Who is signed in on pages of the authentication service itself: by the same browser session that lets systems in. */
import type { Request, RequestHandler, Response } from 'express';
import { type LiveSignIn, liveSignIn } from '../../db/sign-in/sign-in.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { textOf } from '../edge.ts';

/** The pages here are a system of their own to the provider; nobody uses the code, the session is what they are after. */
export const ownClientId = 'care-identity-own-pages';
export const ownCallback = '/signed-in-here';
/** The pages that may be gone back to. */
const pages = /^\/(authenticators(\/add\/[a-z-]+|\/history(\/[0-9a-f-]{36}\/not-me)?)?|sign-ins)$/;
/** What changes authenticators asks for a sign-in this young. */
export const freshMs = 5 * 60 * 1000;

const signedInHere = new WeakMap<Request, LiveSignIn>();
export function signInHere(req: Request): LiveSignIn {
  const found = signedInHere.get(req);
  if (!found) throw new Error('needsSignIn was not mounted before');
  return found;
}

export const isFresh = ({ startedAt }: LiveSignIn) => Date.now() - startedAt.getTime() < freshMs;

/** Lets only those in who are signed in; others sign in first. @param fresh less than five minutes ago */
export const needsSignIn =
  ({ orm, issuer, settings }: AuthenticationDeps, provider: CurrentProvider, { fresh }: { fresh: boolean }): RequestHandler =>
  async (req, res, next) => {
    const session = await provider().Session.get(provider().createContext(req, res));
    const signIn = session.accountId ? await liveSignIn(orm.em.fork(), { sessionUid: session.uid }) : undefined;
    if (!signIn || (fresh && !isFresh(signIn))) return askToSignIn(res, { issuer, url: settings.AUTHENTICATION_URL, page: req.path });
    signedInHere.set(req, signIn);
    next();
  };

function askToSignIn(res: Response, { issuer, url, page }: { issuer: string; url: string; page: string }): void {
  const query = new URLSearchParams({
    client_id: ownClientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${url}${ownCallback}`,
    prompt: 'login',
    state: pages.test(page) ? page : '/authenticators',
  });
  res.redirect(303, `${issuer}/authorize?${query.toString()}`);
}

/** Back from signing in, to the page that asked. */
export const backFromSignIn: RequestHandler = (req, res) => {
  const page = textOf(req.query['state']);
  res.redirect(303, pages.test(page) ? page : '/authenticators');
};
