import type { Configuration } from 'oidc-provider';
import { jsonOnly, keysLimits, newsLimits, type Outgoing } from '../../adapters/outgoing.ts';

/**
 * How addresses that clients registered are called. oidc-provider by itself resolves a name as it connects and looks at the address only
 * then, follows redirects to keys, and reads them without an end: adapters/outgoing.ts does none of that.
 */
export const fetchFor =
  (outgoing: Outgoing): NonNullable<Configuration['fetch']> =>
  (url, { method, headers, body }: RequestInit = {}) => {
    const to = url instanceof Request ? url.url : url;
    const sent = new Headers(headers);
    // The one thing that is posted is the news that somebody was signed out; all else that is asked for is JSON.
    if (method !== 'POST') return outgoing(to, { headers: sent, limits: keysLimits, takes: jsonOnly });
    if (body instanceof URLSearchParams) return outgoing(to, { method, headers: sent, body: body.toString(), limits: newsLimits });
    throw new Error('only forms are posted');
  };
