import type { Express } from 'express';
import { log } from './log.ts';

/**
 * Listens, and on SIGTERM or SIGINT takes no more, answers what it took, and ends.
 *
 * @param drainSeconds it goes on so long after the signal, saying at /ready that it is not: whoever shares requests out between processes has
 *   to notice, since a connection that waits to be taken when listening ends is lost
 * @param close lets go of what the process held: the database, Redis
 */
export function serve(
  app: Express,
  { name, port, drainSeconds = 0 }: { name: string; port: number; drainSeconds?: number },
  close: () => Promise<unknown>,
): void {
  const server = app.listen(port, () => log.info({ port }, `${name} is up`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      app.locals['isStopping'] = true;
      setTimeout(() => {
        server.close(() => void close().then(() => process.exit(0)));
        server.closeIdleConnections();
      }, drainSeconds * 1000);
    });
  }
}
