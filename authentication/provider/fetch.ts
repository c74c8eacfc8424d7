import type { Configuration } from 'oidc-provider';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * How addresses that clients registered are called. oidc-provider gives a dispatcher that refuses private and loopback addresses,
 * whatever a name resolves to, and two and a half seconds; dev may call this machine.
 */
export const fetchFor =
  (environment: 'production' | 'dev'): NonNullable<Configuration['fetch']> =>
  (url, options) => {
    const isHere = loopback.includes(new URL(url instanceof Request ? url.url : url).hostname);
    if (environment !== 'dev' || !isHere) return fetch(url, options);
    const { dispatcher: _refusesLoopback, ...rest } = options as RequestInit & { dispatcher?: unknown };
    return fetch(url, rest);
  };
