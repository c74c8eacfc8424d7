/** The authentication service, as activities ask it: over HTTP, with a token of the settings. Each call may be made again. */
import { z } from 'zod';

export interface ServiceCause {
  /** The same however often the activity is tried. */
  id: string;
  at: Date;
  who: string;
  caseId: string | null;
}

export type SessionsOf = { person: string } | { smartcard: string } | { authenticator: string };

export interface AuthenticationService {
  /** Ends every sign-in of a person, card or authenticator, and tells the systems they were let in to. @returns how each took it */
  endSessions(cause: ServiceCause, which: SessionsOf, reason: string): Promise<Array<{ client: string; answer: string }>>;
  /** @returns a link by which this person, and nobody else, registers an authenticator once: the same link for the same cause */
  makeEnrolmentLink(cause: ServiceCause, link: { person: string; goodForMinutes: number }): Promise<string>;
}

const ended = z.object({ told: z.array(z.object({ client: z.string(), answer: z.string() })) });
const linked = z.object({ url: z.url() });
/** Slow systems are told while we wait: fewer than the activity's own time. */
const timeoutMs = 20_000;

/** @param url where the service is reached from here @param token the setting INTERNAL_TOKEN */
export function createAuthenticationService({ url, token }: { url: string; token: string }): AuthenticationService {
  async function post<S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> {
    const response = await fetch(new URL(`/internal/${path}`, url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`The authentication service answered ${response.status} to ${path}`);
    return answer.parse(await response.json());
  }
  return {
    endSessions: async (cause, which, reason) => (await post('endings', { cause, which, reason }, ended)).told,
    makeEnrolmentLink: async (cause, { person, goodForMinutes }) =>
      (await post('enrolment-links', { cause, person, kind: 'registration', goodForMinutes }, linked)).url,
  };
}
