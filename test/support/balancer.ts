import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** How often it looks who is ready. */
const lookEveryMs = 100;

/**
 * What stands before several processes: gives each request to the next one that is ready, and to another if nobody listens there. As a load
 * balancer does, it repeats only what was not begun, or may be done twice.
 */
export async function aBalancer(port: number, upstreams: readonly number[]): Promise<{ close(): Promise<void> }> {
  let turn = 0;
  const notReady = new Set<number>();
  const looking = setInterval(() => {
    for (const each of upstreams) {
      void fetch(`http://localhost:${each}/ready`)
        .then(
          ({ ok }) => ok,
          () => false,
        )
        .then((ok) => (ok ? notReady.delete(each) : notReady.add(each)));
    }
  }, lookEveryMs);
  const server: Server = createServer((req, res) => {
    const body: Buffer[] = [];
    req.on('data', (chunk: Buffer) => body.push(chunk));
    req.on('end', () => {
      turn += 1;
      const order = upstreams.map((_, at) => upstreams[(turn + at) % upstreams.length]!);
      const ready = order.filter((each) => !notReady.has(each));
      void pass(req, res, Buffer.concat(body), ready.length > 0 ? ready : order);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      clearInterval(looking);
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { close };
}

async function pass(req: IncomingMessage, res: ServerResponse, body: Buffer, [first, ...others]: number[]): Promise<void> {
  const failed = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const { connection: _ours, ...headers } = req.headers;
    const sent = request({ port: first!, path: req.url, method: req.method, headers: { ...headers, connection: 'close' } }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
      answer.on('end', () => resolve(undefined));
    });
    sent.on('error', resolve);
    sent.end(body);
  });
  if (!failed) return;
  const mayRepeat = failed.code === 'ECONNREFUSED' || (req.method === 'GET' && !res.headersSent);
  if (mayRepeat && others.length > 0) return pass(req, res, body, others);
  if (!res.headersSent) res.writeHead(502);
  res.end();
}
