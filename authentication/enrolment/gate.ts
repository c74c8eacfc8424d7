/**
 * What stands before the page of a Registration Authority's link: the code that the witness reads out. Whoever gave it is told again by
 * a cookie, which nobody can make without our key; another device with the same link is not let in.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { AuthenticationDeps } from '../deps.ts';

const cookieName = 'care-enrolment';
type Settings = AuthenticationDeps['settings'];

const passOf = ({ AUTHENTICATION_KEY }: Settings, enrolment: string): string =>
  createHmac('sha256', AUTHENTICATION_KEY).update(`enrolment-pass/${enrolment}`).digest('base64url');

export function letIn(settings: Settings, res: Response, enrolment: string, until: Date): void {
  const secure = settings.AUTHENTICATION_URL.startsWith('https:');
  res.cookie(cookieName, passOf(settings, enrolment), { path: '/enrol', httpOnly: true, sameSite: 'strict', secure, expires: until });
}

export function isLetIn(settings: Settings, req: Request, enrolment: string): boolean {
  const given = Buffer.from(cookieIn(req.get('Cookie') ?? ''));
  const expected = Buffer.from(passOf(settings, enrolment));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const cookieIn = (header: string): string =>
  header
    .split('; ')
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1) ?? '';

/** Six digits for the witness to type: the same each time for this authenticator, and for nobody without our key to foretell. */
export function numberOf({ AUTHENTICATION_KEY }: Settings, authenticator: string): string {
  const hash = createHmac('sha256', AUTHENTICATION_KEY).update(`enrolment-number/${authenticator}`).digest();
  return String(hash.readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
}
