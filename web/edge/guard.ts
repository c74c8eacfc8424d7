/** A route without a permission and a schema does not start. */
import type { Express, RequestHandler } from 'express';
import { isMounted } from './page.ts';

interface Layer {
  handle: RequestHandler & { stack?: Layer[] };
  route?: { path: string; stack: Array<{ handle: RequestHandler }> };
}

/** Every route of an app, those in its routers included. */
export function routesOf(stack: readonly Layer[]): Array<{ path: string; handlers: RequestHandler[] }> {
  return stack.flatMap(({ route, handle }) => {
    if (route) return [{ path: route.path, handlers: route.stack.map((layer) => layer.handle) }];
    return handle.stack ? routesOf(handle.stack) : [];
  });
}

/**
 * @param besides paths of sign-in itself, which come before there is anybody to permit
 * @throws if a route was mounted in another way than mountPage and mountForm
 */
export function refuseBareRoutes(app: Express, besides: readonly string[]): void {
  const bare = routesOf(app.router.stack as unknown as Layer[]).filter(
    ({ path, handlers }) => !besides.includes(path) && !handlers.some((handler) => isMounted(handler)),
  );
  if (bare.length > 0) throw new Error(`These routes have no permission and schema: ${bare.map(({ path }) => path).join(', ')}`);
}
