/** What the audit keeps of OpenID Connect: each token and each sign-out, before anybody is answered. */
import type { ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { recordClientUsed } from '../../db/client/client-activity.ts';
import { liveSignIn, tokenIssued, tokenIssuedTo, tokenRefused } from '../../db/sign-in/sign-in.ts';
import { recordSignInsEnded, recordToldAtSignOut } from '../../db/sign-in/sign-in-ending.ts';
import { log } from '../../pages/log.ts';
import { tokens } from '../../pages/metrics.ts';
import { auditOrWait } from '../away/audit.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { allowFormTo } from './pages.ts';
import type { SignedInAccount } from './provider.ts';

export function setUpRecords(provider: Provider, deps: AuthenticationDeps): void {
  const { orm } = deps;
  /** Who signs out is asked to wait until their systems were told: those that failed are told again, by authentication/ending.ts. */
  const told = new WeakMap<object, Array<Promise<void>>>();
  const usedAt = new Map<string, number>();
  provider.on('backchannel.success', (ctx, client, _accountId, sid) => {
    const saved = recordToldAtSignOut(orm.em.fork(), client.clientId, sid, new Date()).catch((error: Error) => {
      log.warn({ client: client.clientId, error: error.name }, 'that a system was told could not be saved: it is told again');
    });
    told.set(ctx, [...(told.get(ctx) ?? []), saved]);
  });

  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as KoaContextWithOIDC;
    if (oidc?.route) Object.assign((ctx.res as ServerResponse & { locals: object }).locals, { measuredAs: oidc.route });
    if (oidc?.params?.['response_mode'] === 'form_post') allowFormTo(ctx.res, oidc.params['redirect_uri'] as string | undefined);
    if (oidc?.route === 'token') await recordToken(ctx as KoaContextWithOIDC);
    if (oidc?.route === 'end_session_confirm' && ctx.status === 303) {
      await Promise.all(told.get(ctx) ?? []);
      await recordSignOut(oidc.session?.uid);
    }
  });

  async function recordToken({ oidc, status, body }: KoaContextWithOIDC): Promise<void> {
    const client = oidc.client?.clientId ?? 'unknown';
    const signIn = (oidc.account as SignedInAccount | undefined)?.signIn;
    const reason = status === 200 ? null : String((body as { error?: string } | undefined)?.error ?? status);
    tokens.inc({ outcome: reason ?? 'issued' });
    if (reason) return auditOrWait(deps, causeNow(client), tokenRefused({ client, reason }));
    noteUse(client);
    return auditOrWait(deps, causeNow(signIn?.person ?? client), signIn ? tokenIssued(signIn, client) : tokenIssuedTo(client));
  }

  /** Nobody waits for it, and nothing is lost without it. */
  function noteUse(client: string): void {
    if (Date.now() - (usedAt.get(client) ?? 0) < 60_000) return;
    usedAt.set(client, Date.now());
    recordClientUsed(orm.em.fork(), client).catch((error: Error) => {
      usedAt.delete(client);
      log.warn({ client, error: error.name }, 'when a system was last used could not be saved');
    });
  }

  async function recordSignOut(sessionUid: string | undefined): Promise<void> {
    const signIn = sessionUid && (await liveSignIn(orm.em.fork(), { sessionUid }));
    if (!signIn) return;
    await orm.em.fork().transactional((em) => recordSignInsEnded(em, causeNow(signIn.person), { sessionUid }, 'signed-out'));
  }
}
