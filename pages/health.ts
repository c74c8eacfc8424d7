import type { Express } from 'express';

/** What must answer before a process is given requests. */
export type Checks = Readonly<Record<string, () => Promise<unknown>>>;

/** GET /health: the process runs. GET /ready: what it needs answers too; 503 names what does not. */
export function setUpHealth(app: Express, checks: Checks): void {
  app.get('/health', (_req, res) => void res.json({ status: 'up' }));
  app.get('/ready', async (_req, res) => {
    const names = Object.keys(checks);
    const results = await Promise.allSettled(Object.values(checks).map((check) => within(2000, check())));
    const away = names.filter((_name, at) => results[at]?.status === 'rejected');
    res.status(away.length === 0 ? 200 : 503).json({ status: away.length === 0 ? 'ready' : 'waiting', away });
  });
}

const within = <T>(ms: number, promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms).unref()),
  ]);
