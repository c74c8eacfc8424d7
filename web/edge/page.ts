/** Mounts a query as a page. Query strings and paths are parsed here and nowhere else. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Query } from '../../commands/query.ts';
import { needsNoSignIn, rolesWith } from '../../domain/permission.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import type { WebDeps } from './deps.ts';

/** What a form page shows of an earlier try: what was typed is never lost. */
export interface Tried {
  typed?: Record<string, unknown>;
  /** Goes with the form, so that pressing twice acts once. */
  key?: unknown;
  errors?: Array<{ text: string; href: string }>;
  notSaved?: boolean;
}

export interface Page<Q extends Query = Query> {
  path: string;
  query: Q;
  template: string;
  /** What else the template is given: made of the answer, never by asking again. */
  view?: (answer: Awaited<ReturnType<Q['perform']>>, req: Request) => object | Promise<object>;
  /** Another page to go to instead. */
  redirect?: (answer: Awaited<ReturnType<Q['perform']>>, req: Request) => string | undefined | Promise<string | undefined>;
}

/** Handlers that were mounted with a permission and a schema: an app with any other does not start. */
const mounted = new WeakSet<RequestHandler>();
export const isMounted = (handler: RequestHandler) => mounted.has(handler);
export function asMounted(handler: RequestHandler): RequestHandler {
  mounted.add(handler);
  return handler;
}

export function mountPage<Q extends Query>(router: Router, deps: WebDeps, page: Page<Q>): void {
  const { permission } = page.query;
  const handler: RequestHandler = async (req, res) => {
    const toSignIn = () => res.redirect(303, `/sign-in?returnTo=${encodeURIComponent(req.originalUrl)}`);
    const isSignedIn = deps.visitorOf(req).caller.kind === 'person';
    if (!isSignedIn && !needsNoSignIn(permission)) return toSignIn();
    try {
      await show(deps, page, req, res, {});
    } catch (error) {
      // A page for applicants and for staff: who is no applicant may be staff.
      if (isSignedIn || !(error instanceof Refusal) || rolesWith(permission).length === 0) throw error;
      toSignIn();
    }
  };
  router.get(page.path, asMounted(handler));
}

/** Shows a page, with what an earlier try left. */
export async function show<Q extends Query>(deps: WebDeps, page: Page<Q>, req: Request, res: Response, tried: Tried): Promise<void> {
  const { caller, csrf } = deps.visitorOf(req);
  const input = page.query.input.safeParse(withoutEmpty(req.query));
  const answer = (await page.query.perform(
    deps,
    caller,
    paramsOf(page.query, req),
    input.success ? input.data : page.query.input.parse({}),
  )) as Awaited<ReturnType<Q['perform']>>;
  const elsewhere = await page.redirect?.(answer, req);
  if (elsewhere) return res.redirect(303, elsewhere);
  const view = page.view ? await page.view(answer, req) : {};
  res.render(page.template, {
    answer,
    query: req.query,
    path: req.path,
    ...view,
    ...tried,
    typed: tried.typed ?? {},
    key: tried.key ?? randomUUID(),
    csrf,
  });
}

/** @throws {Refusal} NOT_FOUND: what cannot be an id is nobody's */
export function paramsOf({ params }: Pick<Query, 'params'>, req: { params: unknown }) {
  const parsed = params.safeParse(req.params);
  if (!parsed.success) throw nothingHere();
  return parsed.data;
}

/** A browser sends a field left empty as ''. */
export const withoutEmpty = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
