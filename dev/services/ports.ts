import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const canListen = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

const isFree = async (port: number): Promise<boolean> => (await canListen(port, '127.0.0.1')) && canListen(port, '::');

/** A port nobody has, below those the system lends to connections, so that none takes it before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

const patienceMs = 4000;

/**
 * Waits a moment first, for what a killed run of ours left behind to end.
 * @throws {Error} naming the port and the setting that chooses another
 */
export async function requireFreePort(port: number, setting: string): Promise<void> {
  const until = Date.now() + patienceMs;
  while (!(await isFree(port))) {
    if (Date.now() > until) throw new Error(`Port ${port} is in use: set ${setting} to another, or stop what uses it.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
