/** Signing in with a security key, the biometrics of this device or a passkey. */
import { type Request, type Response, Router } from 'express';
import { authenticatorWith, recordAuthenticatorUsed } from '../../db/sign-in/authenticator.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { browserOf } from './cookies.ts';
import { trying } from './delay.ts';
import { SignInFailure } from './failure.ts';
import { finishSignIn, type Proof, recordFailure } from './finish.ts';
import { clientOf, findInteraction } from './interaction.ts';
import { showSignIn } from './page.ts';
import { checkAssertion, readAssertion, signInOptions } from './web-authn.ts';

const challengeOf = (uid: string) => `security-key/${uid}`;

export function securityKeyRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  const origin = deps.settings.AUTHENTICATION_URL;

  router.post('/sign-in/:uid/security-key/options', async (req: Request, res: Response) => {
    const { uid } = await findInteraction(provider, req, res);
    res.json(await signInOptions(origin, await deps.oneUse.make(challengeOf(uid))));
  });

  router.post('/sign-in/:uid/security-key', async (req: Request, res: Response) => {
    const interaction = await findInteraction(provider, req, res);
    try {
      const proof = await trying(deps, browserOf(deps, req), () => prove(deps, challengeOf(interaction.uid), req.body?.response));
      await finishSignIn(deps, provider, { req, res, interaction }, proof);
    } catch (error) {
      const failure = await recordFailure(deps, error, { method: 'security-key', client: clientOf(interaction) });
      await showSignIn(deps, provider, { req, res, interaction }, failure);
    }
  });
  return router;
}

/** @throws {SignInFailure} TOO_LATE, NOT_READ, UNKNOWN, NOT_PROVED, DELAYED */
async function prove(deps: AuthenticationDeps, challengeFor: string, field: unknown): Promise<Proof> {
  const { orm, oneUse, settings } = deps;
  const response = readAssertion(field);
  const challenge = await oneUse.take(challengeFor);
  if (!challenge) throw new SignInFailure('TOO_LATE');
  const authenticator = await authenticatorWith(orm.em.fork(), response.id);
  if (!authenticator) throw new SignInFailure('UNKNOWN');
  const tried = { counted: 'authenticator', which: authenticator.id } as const;
  const counter = await trying(deps, [tried], () => checkAssertion(settings.AUTHENTICATION_URL, response, { challenge, authenticator }));
  return {
    person: authenticator.person,
    method: authenticator.kind,
    authenticator: authenticator.id,
    level: authenticator.level,
    keep: (em, { at }, client) => recordAuthenticatorUsed(em, authenticator.id, { client, at, counter }),
  };
}
