import { Redis } from 'ioredis';
import { createOutgoing } from '../adapters/outgoing.ts';
import { claimEnvironment } from '../db/environment.ts';
import { createOrm } from '../db/orm.ts';
import { forgetSignIns } from '../db/sign-in/sign-in.ts';
import { log } from '../pages/log.ts';
import { serve } from '../pages/serve.ts';
import { createAuthentication } from './app.ts';
import { keepWritingAudit } from './away/audit.ts';
import { keepTelling } from './ending.ts';
import { createOneUse } from './one-use.ts';
import { loadBreached } from './sign-in/breached.ts';
import { loadModels } from './sign-in/attestation.ts';
import { loadAuthority } from './pki/authority.ts';
import { authenticationSettings, issuerOf } from './settings.ts';
import { createTermsInForce } from './terms-in-force.ts';

const settings = authenticationSettings.parse(process.env);
const redis = new Redis(settings.REDIS_URL, { maxRetriesPerRequest: 1, enableAutoPipelining: true });
redis.on('error', (error: Error) => log.error({ error: error.message }, 'redis'));
const orm = await createOrm(settings.DATABASE_URL);
await claimEnvironment(orm.em.fork(), settings.ENVIRONMENT);
const { app, provider } = await createAuthentication({
  orm,
  redis,
  oneUse: createOneUse(redis),
  authority: await loadAuthority(settings),
  termsInForce: createTermsInForce(orm),
  models: await loadModels(settings),
  isBreached: await loadBreached(settings.BREACHED_PASSWORDS_FILE),
  settings,
  issuer: issuerOf(settings),
  outgoing: createOutgoing({ loopback: settings.CALLS_LOOPBACK }),
});
const stopTelling = keepTelling({ orm }, provider);
const stopWriting = keepWritingAudit({ orm, redis, settings });
/** Sign-ins of the day before yesterday are of no use to anybody: the audit has their story. */
const forget = () => forgetSignIns(orm.em.fork(), new Date(Date.now() - 2 * 24 * 60 * 60 * 1000));
const forgetting = setInterval(
  () => {
    forget().catch((error: Error) => log.error({ error: error.name }, 'old sign-ins are still there'));
  },
  60 * 60 * 1000,
);

serve(app, { name: 'authentication', port: settings.AUTHENTICATION_PORT, drainSeconds: settings.DRAIN_SECONDS }, async () => {
  clearInterval(forgetting);
  provider.stop();
  stopWriting();
  await stopTelling();
  await Promise.all([orm.close(), redis.quit()]);
});
