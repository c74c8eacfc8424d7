/** Signing in and out of the back office, and going on with what was typed while a session ended. */
import { type Request, type Response, Router } from 'express';
import { findKeptForm } from '../../db/sign-in/kept-form.ts';
import { liveSignIn } from '../../db/sign-in/sign-in.ts';
import { log } from '../../pages/log.ts';
import { nothingHere } from '../../domain/refusal.ts';
import type { RelyingParty } from './relying-party.ts';
import { derived, personOf, type SessionDeps, visitors } from '../session.ts';

/** More tabs than this at once lose the oldest. */
const mostPending = 8;

export function signInRoutes(deps: SessionDeps, relyingParty: RelyingParty, clientId: string): Router {
  const router = Router();

  router.get('/sign-in', async (req, res) => {
    const returnTo = ownPath(req.query['returnTo'], deps.url);
    if (personOf(req)) return res.redirect(303, returnTo);
    const { to, state, verifier, nonce } = await relyingParty.begin();
    const before = Object.entries(req.session.pending ?? {}).slice(1 - mostPending);
    req.session.pending = { ...Object.fromEntries(before), [state]: { verifier, nonce, returnTo } };
    res.redirect(303, to);
  });

  router.get('/sign-in/callback', async (req, res) => {
    const state = typeof req.query['state'] === 'string' ? req.query['state'] : '';
    const pending = req.session.pending?.[state];
    if (!pending) return res.redirect(303, '/'); // an old tab, or the session was lost meanwhile: begin again
    const { sid, sub } = await relyingParty.finish(new URL(req.originalUrl, deps.url), state, pending).catch((error: Error) => {
      log.warn({ error: error.name, code: (error as { code?: string }).code }, 'sign-in came to nothing');
      return { sid: undefined, sub: undefined };
    });
    const signIn = sid && (await liveSignIn(deps.orm.em.fork(), { client: clientId, sid }));
    if (!signIn || signIn.careId !== sub) return showNotSignedIn(res, pending.returnTo);
    await regenerate(req); // a session that somebody planted before is not the one signed in to
    req.session.signIn = signIn.id;
    res.redirect(303, pending.returnTo);
  });

  router.get('/sign-out', async (req, res) => res.redirect(303, personOf(req) ? await relyingParty.end() : '/signed-out'));
  router.get('/signed-out', (_req, res) => res.render('sign-in/signed-out.njk'));

  router.get('/resume/:id', async (req: Request<{ id: string }>, res) => {
    const person = personOf(req);
    if (!person) return res.redirect(303, `/sign-in?returnTo=${encodeURIComponent(req.originalUrl)}`);
    if (!/^[0-9a-f-]{36}$/.test(req.params.id)) throw nothingHere();
    const kept = await findKeptForm(deps.orm.em.fork(), derived(deps.key, 'kept-form'), person, req.params.id);
    res.render('resume.njk', { ...kept, csrf: visitors(deps).visitorOf(req).csrf });
  });
  return router;
}

const showNotSignedIn = (res: Response, returnTo: string) => res.status(400).render('sign-in/not-signed-in.njk', { returnTo });

const regenerate = (req: Request) =>
  new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error as Error) : resolve())));

/** A path of ours, whatever a link says: nobody is sent elsewhere. */
export function ownPath(given: unknown, url: string): string {
  const parsed = typeof given === 'string' && given.startsWith('/') ? URL.parse(given, url) : null;
  // A path of two slashes would be read as another host.
  const isOurs = parsed?.origin === new URL(url).origin && !parsed.pathname.startsWith('//');
  return parsed && isOurs ? `${parsed.pathname}${parsed.search}` : '/';
}
