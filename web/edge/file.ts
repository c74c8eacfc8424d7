/** Mounts a query that answers with a photograph. What it sends is always an image, shown in a page and kept by nobody on the way. */
import type { RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { Query } from '../../commands/query.ts';
import { needsNoSignIn } from '../../domain/permission.ts';
import type { WebDeps } from './deps.ts';
import { asMounted, paramsOf } from './page.ts';

export interface File {
  path: string;
  query: Query<z.ZodObject, z.ZodObject, Buffer>;
}

export function mountFile(router: Router, deps: WebDeps, { path, query }: File): void {
  const handler: RequestHandler = async (req, res) => {
    const { caller } = deps.visitorOf(req);
    if (!needsNoSignIn(query.permission) && caller.kind !== 'person') {
      return res.redirect(303, `/sign-in?returnTo=${encodeURIComponent(req.originalUrl)}`);
    }
    const jpeg = await query.perform(deps, caller, paramsOf(query, req), query.input.parse({}));
    res.set({ 'Content-Disposition': 'inline', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    res.type('image/jpeg').send(jpeg);
  };
  router.get(path, asMounted(handler));
}
