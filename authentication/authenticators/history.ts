/** When a person signed in, how and to which system: for themselves, who alone know which of them was not them. */
import { type Request, Router } from 'express';
import { z } from 'zod';
import { findPastSignIn, type PastSignIn, pastSignInsOf, recordSignInReported } from '../../db/sign-in/sign-in-report.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { methodInWords } from '../../domain/sign-in-ends.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { needsSignIn, signInHere } from '../sign-in/here.ts';

const ids = z.object({ id: z.uuid() });

export function historyRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  const { orm } = deps;
  const needsAny = needsSignIn(deps, provider, { fresh: false });
  const needsFresh = needsSignIn(deps, provider, { fresh: true });

  /** A system by its name, while it is registered. */
  async function described(each: PastSignIn) {
    const client = await provider().Client.find(each.client);
    return { ...each, words: methodInWords(each.method), system: client?.clientName ?? each.client };
  }

  router.get('/authenticators/history', needsAny, async (req, res) => {
    const { person, id: current } = signInHere(req);
    const signIns = await Promise.all((await pastSignInsOf(orm.em.fork(), person)).map(described));
    res.set('Cache-Control', 'no-store').render('authenticators/history.njk', { signIns, current, back: '/authenticators' });
  });

  router.get('/authenticators/history/ended', (_req, res) => res.render('authenticators/reported.njk'));

  router.get('/authenticators/history/:id/not-me', needsFresh, async (req, res) => {
    const found = await findPastSignIn(orm.em.fork(), signInHere(req).person, idOf(req));
    res.set('Cache-Control', 'no-store');
    res.render('authenticators/not-me.njk', { ...(await described(found)), back: '/authenticators/history' });
  });

  router.post('/authenticators/history/:id/not-me', needsFresh, async (req, res) => {
    const { person } = signInHere(req);
    await orm.em.fork().transactional((em) => recordSignInReported(em, causeNow(person), person, idOf(req)));
    res.redirect(303, '/authenticators/history/ended');
  });
  return router;
}

/** @throws {Refusal} NOT_FOUND */
function idOf(req: Request): string {
  const parsed = ids.safeParse(req.params);
  if (!parsed.success) throw nothingHere();
  return parsed.data.id;
}
