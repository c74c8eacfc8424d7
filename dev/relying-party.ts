/**
 * A pretend clinical system: what a supplier would write to let people in through the Care Identity Service.
 * Knows nothing of our code but the look of a page; sessions are in memory and end with the process.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { log } from '../pages/log.ts';
import { setUpPages } from '../pages/pages.ts';
import { createClient } from './relying-party/client.ts';
import { relyingPartyRoutes } from './relying-party/routes.ts';

const settings = z
  .object({
    RELYING_PARTY_PORT: z.coerce.number().int(),
    RELYING_PARTY_URL: z.url(),
    RELYING_PARTY_CLIENT_ID: z.string().default('demo-clinical-system'),
    RELYING_PARTY_CLIENT_KEY_FILE: z.string(),
    ISSUER: z.url(),
  })
  .parse(process.env);

const client = createClient({
  issuer: settings.ISSUER,
  clientId: settings.RELYING_PARTY_CLIENT_ID,
  clientKey: readFileSync(settings.RELYING_PARTY_CLIENT_KEY_FILE, 'utf8'),
  url: settings.RELYING_PARTY_URL,
});
const app = express();
setUpPages(app, fileURLToPath(new URL('relying-party/', import.meta.url)), { serviceName: 'Willow clinical system', https: false });
app.get('/health', (_req, res) => void res.json({ status: 'up' }));
app.use(express.urlencoded({ extended: false }));
app.use(relyingPartyRoutes(client, settings.RELYING_PARTY_URL));
const showError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
  log.error({ error: error.name, code: (error as { code?: string }).code, message: error.message }, 'relying party');
  res.status(500).render('could-not.njk', { code: (error as { error?: string }).error ?? error.name });
};
app.use(showError);
const server = app.listen(settings.RELYING_PARTY_PORT, () => log.info({ port: settings.RELYING_PARTY_PORT }, 'relying party is up'));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
