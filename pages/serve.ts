import type { Express } from 'express';
import { log } from './log.ts';

/**
 * Listens, and on SIGTERM or SIGINT takes no more, answers what it took, and ends.
 *
 * @param close lets go of what the process held: the database, Redis
 */
export function serve(app: Express, { name, port }: { name: string; port: number }, close: () => Promise<unknown>): void {
  const server = app.listen(port, () => log.info({ port }, `${name} is up`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close(() => void close().then(() => process.exit(0)));
      server.closeIdleConnections();
    });
  }
}
