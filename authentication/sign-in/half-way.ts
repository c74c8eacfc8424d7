import { type LiveSignIn, liveSignIn } from '../../db/sign-in/sign-in.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { Interaction } from './interaction.ts';

/**
 * Who has just signed in, on a page that comes after it.
 * @throws {Refusal} EXPIRED if that has ended already
 */
export async function findHalfWay({ orm }: AuthenticationDeps, interaction: Interaction): Promise<LiveSignIn> {
  const uid = interaction.session?.uid;
  const signIn = uid && (await liveSignIn(orm.em.fork(), { sessionUid: uid }));
  if (!signIn) throw new Refusal('EXPIRED', 'You were signed out. Go back to the system you want to use and sign in again');
  return signIn;
}
