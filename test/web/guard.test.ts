import express, { Router } from 'express';
import type { Deps } from '../../commands/deps.ts';
import { refuseBareRoutes, routesOf } from '../../web/edge/guard.ts';
import { isMounted } from '../../web/edge/page.ts';
import { webAs } from '../support/edges.ts';

/** Only requests ask these for anything. */
const nothing = {} as Deps;

test('every page and form of the back office was mounted with a permission and a schema', () => {
  const routes = routesOf(webAs(nothing, 'nobody').router.stack);
  expect(routes.length).toBeGreaterThan(100);
  expect(routes.filter(({ handlers }) => !handlers.some((handler) => isMounted(handler))).map(({ path }) => path)).toEqual([]);
});

test.each([
  ['in the app', (app: express.Express) => void app.get('/secret', (_req, res) => void res.send('!'))],
  [
    'in a router of a router',
    (app: express.Express) => void app.use(Router().use(Router().post('/secret', (_req, res) => void res.send('!')))),
  ],
])('an app with a bare route %s does not start', (_where, add) => {
  const app = express();
  add(app);
  expect(() => refuseBareRoutes(app, [])).toThrow('These routes have no permission and schema: /secret');
  expect(() => refuseBareRoutes(app, ['/secret'])).not.toThrow();
});
