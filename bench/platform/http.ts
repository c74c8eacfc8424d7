/** HTTP with as little work of our own as can be: what is measured is whoever answers. Connections are kept; redirects are not followed. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export type Http = ReturnType<typeof createHttp>;

export function createHttp(atOnce: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

  const send = (method: 'GET' | 'POST', url: string, headers: Record<string, string>, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });

  return {
    get: (url: string, headers: Record<string, string> = {}) => send('GET', url, headers),
    post(url: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
      const body = new URLSearchParams(fields).toString();
      const about = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)) };
      return send('POST', url, { ...about, ...headers }, body);
    },
    close: () => agent.destroy(),
  };
}
