/** Cookies of the sign-in pages: they say nothing of any person. */
import { randomBytes } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import type { AuthenticationDeps } from '../deps.ts';
import type { Tried } from './delay.ts';

type Deps = { settings: Pick<AuthenticationDeps['settings'], 'AUTHENTICATION_URL'> };

const isHttps = ({ settings }: Deps) => settings.AUTHENTICATION_URL.startsWith('https:');
const nameOf = (deps: Deps, name: string) => (isHttps(deps) ? `__Host-${name}` : `care_${name}`);

export function readCookie(deps: Deps, req: Request, name: string): string | undefined {
  const wanted = `${nameOf(deps, name)}=`;
  const found = req.headers.cookie?.split('; ').find((each) => each.startsWith(wanted));
  return found?.slice(wanted.length);
}

export const writeCookie = (deps: Deps, res: Response, [name, value]: readonly [string, string], more: CookieOptions = {}): Response =>
  res.cookie(nameOf(deps, name), value, { httpOnly: true, sameSite: 'lax', secure: isHttps(deps), path: '/', ...more });

export const forgetCookie = (deps: Deps, res: Response, name: string): Response =>
  res.clearCookie(nameOf(deps, name), { httpOnly: true, sameSite: 'lax', secure: isHttps(deps), path: '/' });

const browserId = /^[\w-]{22}$/;

/** Until it is closed a browser has a number by which its failures are counted. */
export function numberBrowser(deps: Deps, req: Request, res: Response): void {
  if (browserId.test(readCookie(deps, req, 'browser') ?? '')) return;
  writeCookie(deps, res, ['browser', randomBytes(16).toString('base64url')]);
}

/** One without a number is not counted: what it tries is. */
export function browserOf(deps: Deps, req: Request): Tried[] {
  const which = readCookie(deps, req, 'browser');
  return which && browserId.test(which) ? [{ counted: 'browser', which }] : [];
}
