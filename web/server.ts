import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { createDeps } from '../commands/deps.ts';
import { readConfig } from '../config.ts';
import { claimEnvironment } from '../db/environment.ts';
import { setUpHealth } from '../pages/health.ts';
import { log } from '../pages/log.ts';
import { setUpMetrics } from '../pages/metrics.ts';
import { serve } from '../pages/serve.ts';
import { createUploads } from '../pages/upload.ts';
import { createWeb } from './app.ts';
import { createVisitors } from './sign-in/visitors.ts';

const config = readConfig('web');
const deps = await createDeps(config);
await claimEnvironment(deps.orm.em.fork(), config.ENVIRONMENT);
const redis = new Redis(config.REDIS_URL, { maxRetriesPerRequest: 1 });
redis.on('error', (error: Error) => log.error({ error: error.message }, 'redis'));

const visitors = createVisitors(
  { orm: deps.orm, redis, key: config.SESSION_KEY, url: config.WEB_URL },
  {
    issuer: config.ISSUER,
    clientId: config.WEB_CLIENT_ID,
    clientKey: readFileSync(config.WEB_CLIENT_KEY_FILE, 'utf8'),
    url: config.WEB_URL,
  },
);
const look = { serviceName: 'Care Identity Service', connectTo: [config.AGENT_URL], https: config.WEB_URL.startsWith('https:') };
const app = createWeb({ ...deps, ...visitors, uploads: createUploads(config.UPLOADS_AT_ONCE) }, look, (app_) => {
  setUpMetrics(app_, { name: 'web', token: config.METRICS_TOKEN });
  setUpHealth(app_, { database: () => deps.orm.em.fork().execute('select 1'), redis: () => redis.ping() });
  app_.locals['agentUrl'] = config.AGENT_URL;
  app_.locals['authenticationUrl'] = config.AUTHENTICATION_URL;
  visitors.setUp(app_);
});

serve(app, { name: 'web', port: config.WEB_PORT }, () => Promise.all([deps.orm.close(), redis.quit()]));
