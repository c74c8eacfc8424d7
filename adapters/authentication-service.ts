/** The authentication service, as activities ask it: over HTTP, with a token of the settings. Each call may be made again. */
import { z } from 'zod';

export interface ServiceCause {
  /** The same however often the activity is tried. */
  id: string;
  at: Date;
  who: string;
  caseId: string | null;
}

export interface AuthenticationService {
  /** @returns a link by which this person, and nobody else, registers an authenticator once: the same link for the same cause */
  makeEnrolmentLink(cause: ServiceCause, link: { person: string; enrolment: string; goodForMinutes: number }): Promise<string>;
  /** Gives a test person of the sandbox a password and an app. Again with the same cause is nothing new. @param given.secret the app's, base64 */
  addTestPassword(cause: ServiceCause, given: { person: string; level: number; password: string; secret: string }): Promise<void>;
}

/** It did not answer, or not with what was asked for. The board says so in words (domain/open-case.ts). */
export class AuthenticationUnreachable extends Error {
  override name = 'AuthenticationUnreachable';
}

const linked = z.object({ url: z.url() });
/** Fewer than the activity's own time. */
const timeoutMs = 10_000;

/** @param url where the service is reached from here @param token the setting INTERNAL_TOKEN */
export function createAuthenticationService({ url, token }: { url: string; token: string }): AuthenticationService {
  async function post<S extends z.ZodType>(path: string, body: object, answer: S): Promise<z.output<S>> {
    const response = await fetch(new URL(`/internal/${path}`, url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new AuthenticationUnreachable('The authentication service did not answer', { cause });
    });
    if (!response.ok) throw new AuthenticationUnreachable(`The authentication service answered ${response.status} to ${path}`);
    return answer.parse(await response.json());
  }
  return {
    makeEnrolmentLink: async (cause, link) => (await post('enrolment-links', { cause, ...link, kind: 'registration' }, linked)).url,
    addTestPassword: async (cause, given) => void (await post('sandbox-passwords', { cause, ...given }, z.object({}))),
  };
}
