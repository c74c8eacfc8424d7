import type { Express } from 'express';
import { type SessionDeps, setUpSession, visitors } from '../session.ts';
import { createTrials } from '../connection/trial.ts';
import { createRelyingParty, type RelyingPartySettings } from './relying-party.ts';
import { signInRoutes } from './routes.ts';

/** Sessions and sign-in for the back office: what its entry point gives to createWeb. */
export function createVisitors(deps: SessionDeps, settings: RelyingPartySettings) {
  return {
    ...visitors(deps),
    trials: createTrials(settings),
    setUp(app: Express): void {
      setUpSession(app, deps);
      app.use(signInRoutes(deps, createRelyingParty(settings), settings.clientId));
    },
  };
}
