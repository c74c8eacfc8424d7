/** Health of a process that serves no pages: `/health` while it lives, `/ready` while what it needs answers. */
import { createServer, type Server } from 'node:http';

const patienceMs = 2000;

/** @param needs each throws, or does not answer in 2 seconds, while it is away */
export function serveHealth(port: number, needs: Readonly<Record<string, () => Promise<unknown>>>): Promise<Server> {
  const server = createServer((req, res) => {
    void answer(req.url, needs).then(({ status, body }) => {
      res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(body));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

async function answer(url: string | undefined, needs: Readonly<Record<string, () => Promise<unknown>>>) {
  if (url === '/health') return { status: 200, body: { ok: true } };
  if (url !== '/ready') return { status: 404, body: { ok: false } };
  const asked = await Promise.all(Object.entries(needs).map(async ([name, ask]) => [name, await isUp(ask)] as const));
  const ok = asked.every(([, up]) => up);
  return { status: ok ? 200 : 503, body: { ok, ...Object.fromEntries(asked) } };
}

function isUp(ask: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const tooLong = setTimeout(() => resolve(false), patienceMs);
    ask()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(tooLong));
  });
}
