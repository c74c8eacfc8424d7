import type { Configuration } from 'oidc-provider';

/** A slow system is given more time to end a session than to show its keys. */
const toldWithinMs = 10_000;
type Called = RequestInit & { dispatcher?: unknown };

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * How addresses that clients registered are called. oidc-provider gives a dispatcher that refuses private and loopback addresses,
 * whatever a name resolves to, and two and a half seconds; dev may call this machine.
 */
export const fetchFor =
  (environment: 'production' | 'dev'): NonNullable<Configuration['fetch']> =>
  (url, given: Called = {}) => {
    // The one thing that is posted is the news that somebody was signed out.
    const options: Called = given.method === 'POST' ? { ...given, signal: AbortSignal.timeout(toldWithinMs) } : given;
    const isHere = loopback.includes(new URL(url instanceof Request ? url.url : url).hostname);
    if (environment !== 'dev' || !isHere) return fetch(url, options);
    const { dispatcher: _refusesLoopback, ...rest } = options;
    return fetch(url, rest);
  };
