import { createServer, type Server, type Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a server that can be shut and opened again: what is connected is cut off, and nobody gets through while it is shut. */
export interface Gate {
  port: number;
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

export async function aGate(to: { host: string; port: number }): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((here) => {
    if (!isOpen) return void here.destroy();
    const there = connect(to);
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          here.destroy();
          there.destroy();
        });
    }
    here.pipe(there).pipe(here);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shut,
    open: () => void (isOpen = true),
    async close() {
      shut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
