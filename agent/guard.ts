/** Who is heard at all, before anything is read. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ListedOrigin } from '../domain/agent-protocol.ts';
import { agentHeader, agentHeaderValue } from '../domain/agent-protocol.ts';
import type { Origins } from './origins.ts';

/** The names this agent goes by. Any other is a name somebody pointed at this computer (DNS rebinding). */
export const isOwnHost = (host: string | undefined, port: number) => host === `localhost:${port}` || host === `127.0.0.1:${port}`;

/** A form of the agent's own pages, sent by one of them. */
export const isOwnPage = (headers: IncomingHttpHeaders, port: number) =>
  (headers.origin === `http://localhost:${port}` || headers.origin === `http://127.0.0.1:${port}`) &&
  headers.origin === `http://${headers.host}` &&
  (headers['sec-fetch-site'] ?? 'same-origin') === 'same-origin';

export type Heard = { readonly from: ListedOrigin } | { readonly status: 403 | 415; readonly why: string };

/** What a page sends: from a listed origin, with a header it cannot send without asking first, and JSON if anything. */
export async function hear(method: string, headers: IncomingHttpHeaders, origins: Origins): Promise<Heard> {
  const from = await origins.find(headers.origin);
  if (!from) return { status: 403, why: `Origin ${headers.origin ?? '(none)'} may not ask` };
  if (headers[agentHeader] !== agentHeaderValue) return { status: 403, why: `Header ${agentHeader} is not ${agentHeaderValue}` };
  if (method === 'POST' && !/^application\/json(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) {
    return { status: 415, why: 'Content-Type is not application/json' };
  }
  return { from };
}

export const corsHeaders = (from: ListedOrigin) => ({ 'access-control-allow-origin': from.origin, vary: 'Origin' });

/** The answer to a browser that asks first, for a listed origin only. The last is for pages that are not on this computer themselves. */
export const preflightHeaders = (from: ListedOrigin) => ({
  ...corsHeaders(from),
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': `content-type, ${agentHeader}`,
  'access-control-max-age': '600',
  'access-control-allow-private-network': 'true',
});
