/** What this device offers first: only if somebody asked for it here, and only which way it was, not who. */
import type { Request, Response } from 'express';
import type { SignInMethod } from '../../db/sign-in/sign-in.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { forgetCookie, readCookie, writeCookie } from './cookies.ts';

export const ways = ['smartcard', 'security-key', 'password-totp'] as const;
export type Way = (typeof ways)[number];

const wayOf: Readonly<Record<SignInMethod, Way>> = {
  smartcard: 'smartcard',
  'security-key': 'security-key',
  biometrics: 'security-key',
  passkey: 'security-key',
  'password-totp': 'password-totp',
};
const aYearMs = 365 * 24 * 60 * 60 * 1000;
type Deps = { settings: Pick<AuthenticationDeps['settings'], 'AUTHENTICATION_URL'> };

export const rememberedWay = (deps: Deps, req: Request): Way | undefined => ways.find((way) => way === readCookie(deps, req, 'first'));

/** The one remembered here first, then as usual. */
export function waysFor(deps: Deps, req: Request): Way[] {
  const first = rememberedWay(deps, req);
  return first ? [first, ...ways.filter((way) => way !== first)] : [...ways];
}

/** After a sign-in, by the box of its form: whoever leaves it empty on a device that offers this way first has it forgotten. */
export function rememberWay(deps: Deps, req: Request, res: Response, method: SignInMethod): void {
  const way = wayOf[method];
  const isAsked = (req.body as { remember?: unknown } | undefined)?.remember === 'yes';
  if (isAsked) writeCookie(deps, res, ['first', way], { maxAge: aYearMs });
  else if (rememberedWay(deps, req) === way) forgetCookie(deps, res, 'first');
}
