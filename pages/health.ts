import type { Express } from 'express';

/** What must answer before a process is given requests. */
export type Checks = Readonly<Record<string, () => Promise<unknown>>>;

/**
 * GET /health: the process runs. GET /ready: what it needs answers too; 503 names what does not, or
 * says that it stops.
 *
 * @param wanted is named as well when it is away, and the process goes on without it
 */
export function setUpHealth(app: Express, needed: Checks, wanted: Checks = {}): void {
  const checks = { ...needed, ...wanted };
  app.get('/health', (_req, res) => void res.json({ status: 'up' }));
  app.get('/ready', async (_req, res) => {
    const names = Object.keys(checks);
    const results = await Promise.allSettled(Object.values(checks).map((check) => within(2000, check())));
    const away = names.filter((_name, at) => results[at]?.status === 'rejected');
    const isStopping = app.locals['isStopping'] === true;
    const isReady = !isStopping && !away.some((name) => name in needed);
    res.status(isReady ? 200 : 503).json({ status: isStopping ? 'stopping' : isReady ? 'ready' : 'waiting', away });
  });
}

const within = <T>(ms: number, promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms).unref()),
  ]);
