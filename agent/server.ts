/** The agent as a server on this computer only: /v1 for pages of listed sites, /window and /drawer for the person in front of it. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AgentRefusalCode, ListedOrigin } from '../domain/agent-protocol.ts';
import { agentRefusals } from '../domain/agent-protocol.ts';
import { CardError } from './drivers/driver.ts';
import { actOnDrawer, drawerPage } from './drawer-page.ts';
import { corsHeaders, hear, isOwnHost, isOwnPage, preflightHeaders } from './guard.ts';
import { pageHeaders, styles, windowScript } from './html.ts';
import { begin, isUnreadable, readStatus, waitFor } from './page-routes.ts';
import type { Parts } from './parts.ts';
import { actOnWindow, showWindow } from './window-routes.ts';

const mostBytes = 64 * 1024;
const mostBytesRead = 4 * 1024 * 1024;

/** Listens on 127.0.0.1 and nowhere else. @param port 0 for any that is free */
export async function listen(parts: Parts, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => void answer({ parts, port: portOf(server), drawerToken }, request, response));
  const drawerToken = randomBytes(16).toString('base64url');
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        parts.asked.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Context {
  readonly parts: Parts;
  readonly port: number;
  readonly drawerToken: string;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The agent does not listen on a port');
  return address.port;
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (!isOwnHost(request.headers.host, context.port)) return send(response, 421, 'This name is not that of the agent', textHeaders);
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    await (path.startsWith('/v1/') ? answerPage(context, path, request, response) : answerPerson(context, path, request, response));
  } catch (error) {
    if (error instanceof TooLong) return void request.socket.destroy();
    context.parts.complain(error);
    if (!response.headersSent) send(response, 500, agentRefusals.FAULT, textHeaders);
    else response.destroy();
  }
}

async function answerPage({ parts, port }: Context, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  if (method === 'OPTIONS') {
    const from = await parts.origins.find(headers.origin);
    return from ? send(response, 204, '', preflightHeaders(from)) : send(response, 403, 'Not allowed', textHeaders);
  }
  const heard = await hear(method, headers, parts.origins);
  if ('status' in heard) return send(response, heard.status, heard.why, textHeaders);
  const { from } = heard;
  const json = (status: number, value: unknown) =>
    send(response, status, JSON.stringify(value), {
      ...corsHeaders(from),
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
  const refuse = (status: number, code: AgentRefusalCode) => json(status, { code, message: agentRefusals[code] });

  if (method === 'GET' && path === '/v1/status') return json(200, await readStatus(parts));
  if (method === 'POST' && path === '/v1/requests') return startRequest({ parts, port, from, request, json, refuse });
  const id = /^\/v1\/requests\/([\w-]{1,40})$/.exec(path)?.[1];
  const asked = id === undefined ? null : parts.asked.get(id);
  if (!asked || asked.from.origin !== from.origin) return json(404, { code: 'TOO_LATE', message: agentRefusals.TOO_LATE });
  if (method === 'GET') return json(200, await waitFor(asked));
  if (method === 'DELETE') asked.refuse('CANCELLED');
  return json(method === 'DELETE' ? 200 : 405, asked.progress);
}

interface Start {
  readonly parts: Parts;
  readonly port: number;
  readonly from: ListedOrigin;
  readonly request: IncomingMessage;
  readonly json: (status: number, value: unknown) => void;
  readonly refuse: (status: number, code: AgentRefusalCode) => void;
}

async function startRequest({ parts, port, from, request, json, refuse }: Start): Promise<void> {
  const body = parseJson(await readBody(request));
  try {
    const { id, need } = await begin(parts, from, body);
    return json(202, { id, window: need === 'nothing' ? null : `http://localhost:${port}/window/${id}` });
  } catch (error) {
    if (isUnreadable(error)) return refuse(400, 'INVALID');
    if (error instanceof CardError && error.code !== 'WRONG_PASSCODE') return refuse(error.code === 'NOT_ALLOWED' ? 403 : 409, error.code);
    throw error;
  }
}

async function answerPerson(context: Context, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { parts, port, drawerToken } = context;
  const { method = 'GET', headers } = request;
  if (method === 'GET' && path === '/agent.css')
    return send(response, 200, styles, { ...assetHeaders, 'content-type': 'text/css; charset=utf-8' });
  if (method === 'GET' && path === '/agent-window.js')
    return send(response, 200, windowScript, { ...assetHeaders, 'content-type': 'text/javascript; charset=utf-8' });
  if (method !== 'GET' && (method !== 'POST' || !isOwnPage(headers, port)))
    return send(response, 403, 'Only a page of the agent may send this', textHeaders);
  const form = method === 'POST' ? new URLSearchParams((await readBody(request)) ?? '') : null;

  const id = /^\/window\/([\w-]{1,40})$/.exec(path)?.[1];
  if (id !== undefined) {
    const asked = parts.asked.get(id);
    const { status, body } = form ? await actOnWindow(parts, asked, form) : await showWindow(parts, asked);
    return send(response, status, body, pageHeaders);
  }
  if (!parts.drawer || (path !== '/drawer' && path !== '/')) return send(response, 404, 'There is nothing here', textHeaders);
  if (!form) return send(response, 200, await drawerPage(parts.drawer, drawerToken), pageHeaders);
  if (!isSame(form.get('token') ?? '', drawerToken))
    return send(response, 403, 'This form is not ours, or is from before a restart', textHeaders);
  const isDone = await actOnDrawer(parts.drawer, form);
  return isDone ? send(response, 303, '', { location: '/drawer' }) : send(response, 400, 'Nothing can be done with that', textHeaders);
}

const textHeaders = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const assetHeaders = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin', 'cache-control': 'max-age=600' };

function send(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, headers).end(body);
}

/** Null when it is longer than anything the agent is sent; the rest is read and thrown away, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
    if (bytes > mostBytesRead) throw new TooLong();
  }
  return bytes > mostBytes ? null : Buffer.concat(chunks).toString('utf8');
}

/** Not even worth throwing away: the connection ends. */
class TooLong extends Error {}

function parseJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isSame = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
