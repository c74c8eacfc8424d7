import { readFileSync } from 'node:fs';
import express from 'express';
import { createDeps } from '../commands/deps.ts';
import { readConfig } from '../config.ts';
import { claimEnvironment } from '../db/environment.ts';
import { setUpHealth } from '../pages/health.ts';
import { setUpMetrics } from '../pages/metrics.ts';
import { serve } from '../pages/serve.ts';
import { createUploads } from '../pages/upload.ts';
import { createApi } from './app.ts';
import { createBearer } from './bearer.ts';

const config = readConfig('api');
const deps = await createDeps(config);
await claimEnvironment(deps.orm.em.fork(), config.ENVIRONMENT);
const clientKey = readFileSync(config.API_CLIENT_KEY_FILE, 'utf8');
const callerOf = createBearer({ orm: deps.orm, issuer: config.ISSUER, clientId: config.API_CLIENT_ID, clientKey });

const app = express()
  .disable('x-powered-by')
  .set('trust proxy', config.TRUST_PROXY ? 1 : false);
setUpMetrics(app, { name: 'api', token: config.METRICS_TOKEN });
setUpHealth(app, { database: () => deps.orm.em.fork().execute('select 1') });
app.use(createApi({ ...deps, callerOf, uploads: createUploads(config.UPLOADS_AT_ONCE) }));

serve(app, { name: 'api', port: config.API_PORT }, () => deps.orm.close());
