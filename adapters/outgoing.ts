/**
 * Calls an address that somebody else gave us. The name is resolved once, every answer is judged, and the connection is made to those
 * very addresses (the certificate is checked by name all the same): a name that answers differently a moment later changes nothing.
 * No redirect is followed, nothing is unpacked, and what is read and how long it may take have an end.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, isLoopbackAddress, isPublicAddress, outgoingProblem } from '../domain/outgoing-address.ts';

export type CallFailureReason =
  'address' | 'no-such-name' | 'private-address' | 'not-reached' | 'too-late' | 'redirect' | 'too-large' | 'encoded' | 'content-type';

/** Why there is no answer. Its name is what logs keep: no address, which may hold secrets of whoever registered it. */
export class CallFailure extends Error {
  readonly reason: CallFailureReason;

  constructor(reason: CallFailureReason, cause?: unknown) {
    super(`call failed: ${reason}`, { cause });
    this.name = `CallFailure ${reason}`;
    this.reason = reason;
  }
}

interface Resolved {
  address: string;
  family: number;
}
/** Every address of a name. */
export type Lookup = (name: string) => Promise<Resolved[]>;

export interface Limits {
  /** Of the answer's body. */
  readonly bytes: number;
  /** For everything: name, connection, headers, body. */
  readonly ms: number;
}
/** Sets of keys, and descriptions of a provider. */
export const keysLimits: Limits = { bytes: 128 * 1024, ms: 5000 };
/** A system's answer to the news of a sign-out, of which only the status matters. A slow one is given more time to end a session. */
export const newsLimits: Limits = { bytes: 8 * 1024, ms: 10_000 };

export interface Call {
  method?: 'GET' | 'POST';
  headers?: Headers | Record<string, string>;
  body?: string | undefined;
  limits: Limits;
  /** Without it the answer may be of any. */
  takes?: RegExp;
}
/** JSON, and the kinds of it that keys come as (RFC 7517, 8.5). */
export const jsonOnly = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/** @throws {CallFailure} */
export type Outgoing = (to: string | URL, call: Call) => Promise<Response>;

/** @param loopback this machine may be called: for dev only */
export function createOutgoing({ loopback, lookup = allOf }: { loopback: boolean; lookup?: Lookup }): Outgoing {
  const may = (found: Resolved[]) =>
    found.every(({ address }) => isPublicAddress(address)) || (loopback && found.every(({ address }) => isLoopbackAddress(address)));

  /** @throws {CallFailure} if any answer is not to be called: a name that is half public is somebody's trick */
  async function resolve(host: string): Promise<Resolved[]> {
    const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await lookup(host).catch(notFound);
    if (found.length === 0) throw new CallFailure('no-such-name');
    if (!may(found)) throw new CallFailure('private-address');
    return found;
  }

  return async (to, call) => {
    const url = new URL(to);
    if (outgoingProblem(url.href, { loopback })) throw new CallFailure('address');
    const signal = AbortSignal.timeout(call.limits.ms);
    const resolved = await unlessAborted(signal, resolve(hostOf(url)));
    const answer = await send(url, resolved, call, signal);
    return read(answer, call, signal);
  };
}

const notFound = (error: unknown): never => {
  throw new CallFailure('no-such-name', error);
};

/** By the system, which also knows the names of its hosts file. */
const allOf: Lookup = (name) => systemLookup(name, { all: true, order: 'verbatim' });

/** @throws {CallFailure} too-late */
function unlessAborted<T>(signal: AbortSignal, doing: Promise<T>): Promise<T> {
  doing.catch(() => {}); // one that fails after its time was thrown already
  return Promise.race([
    doing,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new CallFailure('too-late')), { once: true });
    }),
  ]);
}

/** The addresses that were judged, in place of asking for the name again. */
const pinned =
  (resolved: Resolved[]): LookupFunction =>
  (_name, { all }, callback) => {
    const [first] = resolved;
    if (all) callback(null, resolved);
    else callback(null, first?.address ?? '', first?.family);
  };

function send(url: URL, resolved: Resolved[], { method = 'GET', headers, body }: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: {
          ...Object.fromEntries(new Headers(headers)),
          'accept-encoding': 'identity',
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        lookup: pinned(resolved),
        agent: false, // a connection of its own: none is left open to what was judged before
        signal,
      },
      resolve,
    );
    sent.on('error', (error) => reject(new CallFailure(signal.aborted ? 'too-late' : 'not-reached', error)));
    sent.end(body);
  });
}

const withoutBody = [204, 205, 304];

/** @throws {CallFailure} */
async function read(answer: IncomingMessage, { limits, takes }: Call, signal: AbortSignal): Promise<Response> {
  try {
    const status = answer.statusCode ?? 0;
    const said = (name: string) => answer.headers[name]?.toString() ?? '';
    if (status >= 300 && status < 400) throw new CallFailure('redirect');
    if (!['', 'identity'].includes(said('content-encoding'))) throw new CallFailure('encoded');
    if (Number(said('content-length')) > limits.bytes) throw new CallFailure('too-large');
    if (takes && status === 200 && !takes.test(said('content-type'))) throw new CallFailure('content-type');
    const bytes = await bodyOf(answer, limits.bytes);
    const headers = Object.entries(answer.headersDistinct).flatMap(([name, all = []]) => all.map((one): [string, string] => [name, one]));
    return new Response(withoutBody.includes(status) ? null : new Uint8Array(bytes), { status, headers });
  } catch (error) {
    if (error instanceof CallFailure) throw error;
    throw new CallFailure(signal.aborted ? 'too-late' : 'not-reached', error);
  } finally {
    answer.destroy();
  }
}

async function bodyOf(answer: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > most) throw new CallFailure('too-large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
