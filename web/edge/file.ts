/** Mounts a query that answers with a photograph or a card's artwork: shown in a page, and kept by nobody on the way. */
import type { RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { Query } from '../../commands/query.ts';
import { needsNoSignIn } from '../../domain/permission.ts';
import type { WebDeps } from './deps.ts';
import { asMounted, paramsOf } from './page.ts';

export interface File {
  path: string;
  query: Query<z.ZodObject, z.ZodObject, Buffer>;
  /** JPEG unless it says otherwise. */
  type?: 'image/png' | 'application/pdf';
}

export function mountFile(router: Router, deps: WebDeps, { path, query, type }: File): void {
  const handler: RequestHandler = async (req, res) => {
    const { caller } = deps.visitorOf(req);
    if (!needsNoSignIn(query.permission) && caller.kind !== 'person') {
      return res.redirect(303, `/sign-in?returnTo=${encodeURIComponent(req.originalUrl)}`);
    }
    const bytes = await query.perform(deps, caller, paramsOf(query, req), query.input.parse({}));
    res.set({ 'Content-Disposition': 'inline', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    res.type(type ?? 'image/jpeg').send(bytes);
  };
  router.get(path, asMounted(handler));
}
