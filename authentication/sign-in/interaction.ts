import type { Request, Response } from 'express';
import { errors, type default as Provider } from 'oidc-provider';
import type { CurrentProvider } from '../provider/current.ts';
import { Refusal } from '../../domain/refusal.ts';
import { allowFormTo } from '../provider/pages.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * The authorization request that this page is a part of, by the cookie and the address together.
 * @throws {Refusal} EXPIRED if there is none any more
 */
export async function findInteraction(provider: CurrentProvider, req: Request, res: Response): Promise<Interaction> {
  const interaction = await provider()
    .interactionDetails(req, res)
    .catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) throw tooOld();
      throw error;
    });
  if (interaction.uid !== req.params['uid']) throw tooOld();
  allowFormTo(res, interaction.params['redirect_uri'] as string | undefined);
  return interaction;
}

const tooOld = () =>
  new Refusal(
    'EXPIRED',
    'This page was open too long, or its sign-in is finished. Go back to the system you want to use and sign in from there',
  );

export const clientOf = (interaction: Interaction) => String(interaction.params['client_id']);
