import type { Request, Response } from 'express';
import { raContactOf } from '../../db/organisation/ra-contact.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { numberBrowser } from './cookies.ts';
import type { SignInFailure } from './failure.ts';
import { clientOf, type Interaction } from './interaction.ts';
import { rememberedWay, waysFor } from './remembered.ts';

export interface Shown {
  req: Request;
  res: Response;
  interaction: Interaction;
}

/** The page that asks how somebody wants to sign in. */
export async function showSignIn(
  deps: AuthenticationDeps,
  provider: CurrentProvider,
  { req, res, interaction }: Shown,
  failure?: SignInFailure,
): Promise<void> {
  const { orm, settings } = deps;
  numberBrowser(deps, req, res);
  if (failure) sayFailed(res, failure);
  const client = await provider().Client.find(clientOf(interaction));
  // Who can help is said to people who have proved who they are.
  const organisation = failure?.about.organisation;
  res
    .set('Cache-Control', 'no-store')
    .render('sign-in/sign-in.njk', {
      uid: interaction.uid,
      system: client?.clientName ?? clientOf(interaction),
      strongerNeeded: interaction.prompt.reasons.includes('too_weak'),
      ended: interaction.prompt.reasons.includes('not_live'),
      ways: waysFor(deps, req),
      remembered: rememberedWay(deps, req),
      agentUrl: settings.AGENT_URL,
      lostCardUrl: `${settings.WEB_URL}/lost-card`,
      ...(failure && { errors: [{ text: failure.message, href: '#ways' }], reason: failure.reason }),
      raContact: organisation && (await raContactOf(orm.em.fork(), organisation)),
    });
}

/** RFC 6585, 4, for whoever has to wait. */
export function sayFailed(res: Response, { about: { until } }: SignInFailure): void {
  if (until) res.set('Retry-After', String(Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000))));
  res.status(until ? 429 : 400);
}
