/** Where a person is signed in, for themselves: look, end one, end all. */
import { type Response, Router } from 'express';
import { z } from 'zod';
import { isOpenSignInOf, liveSignInsOf } from '../../db/sign-in/sign-in-list.ts';
import { recordSignInsEnded } from '../../db/sign-in/sign-in-ending.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { methodInWords } from '../../domain/sign-in-ends.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { needsSignIn, signInHere } from '../sign-in/here.ts';

const ids = z.object({ id: z.uuid() });
const reason = 'ended-by-person';

export function ownSignInRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  const { orm } = deps;
  const needsAny = needsSignIn(deps, provider, { fresh: false });
  // What ends the sign-in of this page has nobody to show a list to.
  const after = (res: Response, isCurrent: boolean) => res.redirect(303, isCurrent ? '/sign-ins/ended' : '/sign-ins');

  router.get('/sign-ins', needsAny, async (req, res) => {
    const { person, id: current } = signInHere(req);
    const signIns = (await liveSignInsOf(orm.em.fork(), person)).map((each) => ({ ...each, methodWords: methodInWords(each.method) }));
    res.set('Cache-Control', 'no-store');
    res.render('sign-ins/list.njk', { signIns, current });
  });

  router.get('/sign-ins/ended', (_req, res) => res.render('sign-ins/ended.njk'));
  router.get('/sign-ins/end', needsAny, (_req, res) => res.render('sign-ins/end-all.njk'));

  router.post('/sign-ins/end', needsAny, async (req, res) => {
    const { person } = signInHere(req);
    await orm.em.fork().transactional((em) => recordSignInsEnded(em, causeNow(person), { person }, reason));
    after(res, true);
  });

  router.post('/sign-ins/:id/end', needsAny, async (req, res) => {
    const { person, id: current } = signInHere(req);
    const parsed = ids.safeParse(req.params);
    if (!parsed.success) throw nothingHere();
    const { id } = parsed.data;
    await orm.em.fork().transactional(async (em) => {
      if (!(await isOpenSignInOf(em, person, id))) throw nothingHere();
      await recordSignInsEnded(em, causeNow(person), { id }, reason);
    });
    after(res, id === current);
  });
  return router;
}
