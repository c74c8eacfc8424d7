import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import * as openid from 'openid-client';
import { checksOf, type Client, type Pending, professionalNumbers, type Received, selectedRole } from './client.ts';

const cookie = 'demo_clinical_system';

export function relyingPartyRoutes(client: Client, url: string): Router {
  const router = Router();
  const pending = new Map<string, Pending>();
  const sessions = new Map<string, Received>();
  const sessionOf = (req: Request) => sessions.get(cookieOf(req) ?? '');

  router.get('/', (req, res) => {
    const received = sessionOf(req);
    if (!received) return res.render('welcome.njk');
    res.render('patient-list.njk', {
      ...received,
      role: selectedRole(received),
      numbers: professionalNumbers(received),
      checks: checksOf(received),
      raw: JSON.stringify({ id_token: received.idToken, userinfo: received.userInfo }, null, 2),
    });
  });

  router.get('/sign-in', async (req, res) => {
    const state = openid.randomState();
    const begun = { verifier: openid.randomPKCECodeVerifier(), nonce: openid.randomNonce() };
    pending.set(state, begun);
    setTimeout(() => pending.delete(state), 60 * 60 * 1000).unref();
    res.redirect(303, await client.begin(state, begun, req.query['again'] === undefined ? undefined : 'login'));
  });

  router.get('/callback', async (req, res) => {
    const state = typeof req.query['state'] === 'string' ? req.query['state'] : '';
    const begun = pending.get(state);
    if (!begun) return res.redirect(303, '/');
    pending.delete(state);
    const received = await client.finish(new URL(req.originalUrl, url), state, begun);
    const failed = checksOf(received).filter(({ passed }) => !passed);
    if (failed.length > 0) return res.status(403).render('not-let-in.njk', { failed });
    begin(res, received);
    res.redirect(303, '/');
  });

  function begin(res: Response, received: Received): void {
    const id = randomBytes(32).toString('base64url');
    sessions.set(id, received);
    res.cookie(cookie, id, { httpOnly: true, sameSite: 'lax', path: '/' });
  }

  router.get('/sign-out', async (_req, res) => res.redirect(303, await client.end()));

  router.post('/back-channel-logout', async (req, res) => {
    try {
      const sid = await client.readLogoutToken(String(req.body?.logout_token));
      for (const [id, { idToken }] of sessions) if (idToken['sid'] === sid) sessions.delete(id);
      res.set('Cache-Control', 'no-store').status(200).end();
    } catch {
      res.set('Cache-Control', 'no-store').status(400).json({ error: 'invalid_request' });
    }
  });
  return router;
}

const cookieOf = (req: Request) =>
  req.headers.cookie
    ?.split('; ')
    .find((each) => each.startsWith(`${cookie}=`))
    ?.slice(cookie.length + 1);
