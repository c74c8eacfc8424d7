/** The terms of use, asked at the first sign-in and again when they change. */
import { Router } from 'express';
import { recordTermsAccepted } from '../../db/sign-in/terms.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { findHalfWay } from './half-way.ts';
import { findInteraction } from './interaction.ts';
import type { Shown } from './page.ts';

export async function showTerms(
  { termsInForce }: AuthenticationDeps,
  { res, interaction }: Shown,
  errors?: Array<{ text: string; href: string }>,
): Promise<void> {
  res.render('sign-in/terms.njk', { uid: interaction.uid, ...(await termsInForce()), errors });
}

export function termsRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  router.post('/sign-in/:uid/terms', async (req, res) => {
    const interaction = await findInteraction(provider, req, res);
    const { person, organisation } = await findHalfWay(deps, interaction);
    // The version that was shown: a newer one that came in between has to be read.
    const { version } = await deps.termsInForce();
    if (req.body?.accept !== 'yes' || req.body?.version !== String(version)) {
      const errors = [{ text: 'Select that you accept the terms, or close this page', href: '#accept' }];
      return showTerms(deps, { req, res: res.status(400), interaction }, errors);
    }
    await deps.orm.em.fork().transactional((em) => recordTermsAccepted(em, causeNow(person), { person, organisation, version }));
    await provider().interactionFinished(req, res, { terms: version });
  });
  return router;
}
