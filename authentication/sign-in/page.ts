import type { Request, Response } from 'express';
import type Provider from 'oidc-provider';
import type { AuthenticationDeps } from '../deps.ts';
import { clientOf, type Interaction } from './interaction.ts';

export interface Shown {
  req: Request;
  res: Response;
  interaction: Interaction;
}

/** The page that asks how somebody wants to sign in. */
export async function showSignIn(
  { settings }: AuthenticationDeps,
  provider: Provider,
  { res, interaction }: Shown,
  errors?: Array<{ text: string; href: string }>,
): Promise<void> {
  const client = await provider.Client.find(clientOf(interaction));
  res
    .set('Cache-Control', 'no-store')
    .render('sign-in/sign-in.njk', {
      uid: interaction.uid,
      system: client?.clientName ?? clientOf(interaction),
      strongerNeeded: interaction.prompt.reasons.includes('too_weak'),
      ended: interaction.prompt.reasons.includes('not_live'),
      agentUrl: settings.AGENT_URL,
      errors,
    });
}
