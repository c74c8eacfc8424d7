/** A page to see what runs in dev, and to switch the printer off: what a hand would do at a plug. Tests use the same switches. */
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { z } from 'zod';
import { setUpPages } from '../pages/pages.ts';
import type { Running } from './running.ts';

const params = z.object({ name: z.string(), action: z.enum(['off', 'on', 'kill']) });

export function createSwitchboard(running: Running, origin: string): Express {
  const app = express();
  setUpPages(app, fileURLToPath(new URL('switchboard/', import.meta.url)), { serviceName: 'What runs here (dev)', https: false });
  app.use((req, res, next) => {
    // A page of another site must not press a switch, nor find us by another name.
    const isOurs = req.method === 'GET' || req.get('Sec-Fetch-Site') === 'same-origin' || req.get('X-Care-Dev') === '1';
    if (req.get('Host') === new URL(origin).host && isOurs) return next();
    res.status(403).type('text/plain').send('Open this page by itself');
  });
  app.get('/', (_req, res) => res.render('switches.njk', { switches: running.switches() }));
  app.get('/switches.json', (_req, res) => void res.json(running.switches()));
  app.post('/switches/:name/:action', async (req, res) => {
    const given = params.safeParse(req.params);
    const known = given.success && running.switches().some(({ name }) => name === given.data.name);
    if (!known) return res.status(404).type('text/plain').send('There is no such switch');
    await running[given.data.action](given.data.name);
    res.redirect(303, '/');
  });
  return app;
}
