/**
 * A page's side of domain/agent-protocol.ts: asks the smartcard program on this computer, and opens its window for the passcode.
 * Nothing here sees a passcode, a PUK or a key. Call it in a click: else the browser may not open the window.
 */

export class AgentError extends Error {
  /** @param {string} code one of the protocol's, or UNREACHABLE @param {string} message words for the person */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {object} options
 * @param {number | string} options.port of the agent
 * @param {(url: string | null) => void} [options.onWindow] told when a person must go to the agent's window, with its address for
 *   a link in case the browser did not open it; and null when it is over
 */
export function createAgent({ port, onWindow = () => {} }) {
  const base = `http://localhost:${port}/v1`;

  async function call(method, path, body) {
    const response = await reach(`${base}${path}`, method, body);
    const answer = await response.json().catch(() => ({}));
    if (!response.ok)
      throw new AgentError(answer.code ?? 'FAULT', answer.message ?? 'The smartcard program on this computer did not answer as expected');
    return answer;
  }

  /** Asks, waits for the person as long as the agent does, and gives what the agent answers. */
  async function ask(request, signal) {
    const { id, window: url } = await call('POST', '/requests', request);
    const giveUp = () => void call('DELETE', `/requests/${id}`).catch(() => {});
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      if (url) {
        window.open(url, 'care-agent', 'popup,width=520,height=680');
        onWindow(url);
      }
      return await outcome(id);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      if (url) onWindow(null);
    }
  }

  async function outcome(id) {
    for (;;) {
      const answer = await call('GET', `/requests/${id}`);
      if (answer.state === 'done') return answer.result;
      if (answer.state === 'refused') throw new AgentError(answer.refusal.code, answer.refusal.message);
    }
  }

  return {
    /** What is in the readers, and `session`: send it along when the server is asked for an order. */
    status: () => call('GET', '/status'),

    /** Gives { statement }. The server makes issuer and nonce. */
    signIn: ({ issuer, nonce, signal }) => ask({ operation: 'sign-in', issuer, nonce }, signal),

    /** Gives { sealed }: post it to the server, then ask it for the order to set up. */
    prepare: ({ caseId, card, signal }) => ask({ operation: 'prepare', case: caseId, card }, signal),

    /** Does what an order of the server says. Gives what its purpose gives: nothing, requests, statement or statements. */
    carryOut: ({ order, signal }) => ask({ operation: 'order', order }, signal),
  };
}

async function reach(url, method, body) {
  try {
    return await fetch(url, {
      method,
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      headers: { 'x-care-agent': '1', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new AgentError(
      'UNREACHABLE',
      'The smartcard program on this computer cannot be reached. Check that it is running, and that your browser lets this site reach it',
    );
  }
}
