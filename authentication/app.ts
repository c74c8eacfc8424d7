import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import express, { type Express } from 'express';
import { setUpHealth } from '../pages/health.ts';
import { databaseAway, setUpMetrics } from '../pages/metrics.ts';
import { setUpPages } from '../pages/pages.ts';
import { authenticatorRoutes } from './authenticators/routes.ts';
import { createAllKnown } from './away/known.ts';
import type { AuthenticationDeps } from './deps.ts';
import { refuseForeignWrites, refuseOtherHosts, showError, showNothing } from './edge.ts';
import { enrolmentRoutes } from './enrolment/routes.ts';
import { internalRoutes } from './internal/routes.ts';
import { pkiRoutes } from './pki/routes.ts';
import { createCurrentProvider, type CurrentProvider } from './provider/current.ts';
import { ownSignInRoutes } from './sign-ins/routes.ts';
import { signInRoutes } from './sign-in/routes.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const webAuthnBundle = join(dirname(createRequire(import.meta.url).resolve('@simplewebauthn/browser')), '../dist/bundle');

const askDatabase = (orm: AuthenticationDeps['orm']): Promise<unknown> =>
  orm.em
    .fork()
    .execute('select 1')
    .then(
      () => databaseAway.set(0),
      (error: unknown) => {
        databaseAway.set(1);
        throw error;
      },
    );

/** OpenID Connect for every system, the pages of signing in, and what they need. */
export async function createAuthentication(
  given: Omit<AuthenticationDeps, 'render' | 'known'>,
): Promise<{ app: Express; provider: CurrentProvider }> {
  const app = express();
  const { AUTHENTICATION_URL, AGENT_URL, TRUST_PROXY } = given.settings;
  const render = (template: string, view: object) =>
    new Promise<string>((resolve, reject) => app.render(template, view, (error, html) => (error ? reject(error) : resolve(html))));
  const deps: AuthenticationDeps = { ...given, render, known: createAllKnown() };

  app.set('query parser', 'simple');
  app.set('trust proxy', TRUST_PROXY ? 1 : false);
  setUpMetrics(app, { name: 'authentication', token: given.settings.METRICS_TOKEN });
  setUpPages(app, here, { serviceName: 'Care Identity', connectTo: [AGENT_URL], https: AUTHENTICATION_URL.startsWith('https:') });
  app.use('/assets', express.static(join(here, 'assets')));
  app.use('/assets/simplewebauthn', express.static(webAuthnBundle));
  // Without PostgreSQL it goes on for a while with what it knows: taking every process away would end that too.
  setUpHealth(app, { redis: () => given.redis.ping() }, { database: () => askDatabase(given.orm) });
  app.use(pkiRoutes(deps));
  const provider = await createCurrentProvider(deps);
  app.use(internalRoutes(deps)); // by whatever name this process has inside

  app.use(refuseOtherHosts(AUTHENTICATION_URL));
  app.use(new URL(deps.issuer).pathname, provider.answer);
  app.use(refuseForeignWrites(AUTHENTICATION_URL));
  app.use(express.urlencoded({ extended: false, limit: '200kb' }), express.json({ limit: '20kb' }));
  Object.assign(app.locals, { webUrl: given.settings.WEB_URL, signOutUrl: `${deps.issuer}/connect/endSession` });
  app.get('/', (_req, res) => res.redirect(303, '/authenticators'));
  app.use(signInRoutes(deps, provider));
  app.use(authenticatorRoutes(deps, provider));
  app.use(ownSignInRoutes(deps, provider));
  app.use(enrolmentRoutes(deps));
  app.use(showNothing);
  app.use(showError);
  return { app, provider };
}
