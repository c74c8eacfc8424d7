import { createServer } from 'node:net';

/** A port on loopback that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port was given'))));
    });
  });
}

const canListen = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

const isFree = async (port: number): Promise<boolean> => (await canListen(port, '127.0.0.1')) && canListen(port, '::');

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
