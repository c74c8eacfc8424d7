import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Request, Response } from 'express';
import type { Cause } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { recordSignIn, recordSignInFailed, type SignInMethod } from '../../db/sign-in/sign-in.ts';
import { signIns } from '../../pages/metrics.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { amrOf, levelOf, ownClass } from '../provider/assurance.ts';
import { SignInFailure } from './failure.ts';
import { clientOf, type Interaction } from './interaction.ts';
import { rememberWay } from './remembered.ts';

/** What an authenticator has proved. */
export interface Proof {
  person: string;
  method: SignInMethod;
  authenticator?: string;
  /** How strong this one was found to be when it was added. */
  level?: number;
  smartcard?: { id: string; generation: number };
  /** What else is kept of it, in the transaction of the sign-in. */
  keep?: (em: EntityManager, cause: Cause, client: string) => Promise<void>;
}

/**
 * Begins a sign-in and goes back to the authorization request.
 * @throws {SignInFailure} PERSON_SUSPENDED, PERSON_CLOSED
 */
export async function finishSignIn(
  deps: AuthenticationDeps,
  provider: CurrentProvider,
  { req, res, interaction }: { req: Request; res: Response; interaction: Interaction },
  proof: Proof,
): Promise<void> {
  const { orm, settings } = deps;
  const { method } = proof;
  const level = Math.min(proof.level ?? 3, levelOf(settings)[method]);
  const acr = ownClass({ method, level });
  const cause = causeNow(proof.person);
  const signIn = randomUUID();
  const careId = await orm.em.fork().transactional(async (em) => {
    const person = await em.findOneOrFail(PersonRow, { id: proof.person });
    const { organisation } = person;
    const about = { person: person.id, organisation, ...(proof.authenticator && { with: proof.authenticator }) };
    if (person.state === 'suspended') throw new SignInFailure('PERSON_SUSPENDED', about);
    if (person.state === 'closed') throw new SignInFailure('PERSON_CLOSED', about);
    await proof.keep?.(em, cause, clientOf(interaction));
    await recordSignIn(em, cause, {
      id: signIn,
      person: person.id,
      organisation,
      method,
      level,
      acr,
      smartcard: proof.smartcard?.id ?? null,
      authenticator: proof.authenticator ?? null,
      personGeneration: person.generation,
      smartcardGeneration: proof.smartcard?.generation ?? null,
      client: clientOf(interaction),
    });
    return person.careId;
  });
  signIns.inc({ method, outcome: 'succeeded' });
  rememberWay(deps, req, res, method);
  const login = { accountId: careId, signIn, acr, amr: amrOf[method], ts: Math.floor(cause.at.getTime() / 1000) };
  await provider().interactionFinished(req, res, { login, select_account: {} }, { mergeWithLastSubmission: false });
}

/** Keeps a failure; whatever else went wrong is thrown on. @returns words for the person */
export async function recordFailure(
  { orm }: AuthenticationDeps,
  error: unknown,
  tried: { method: SignInMethod; client: string },
): Promise<SignInFailure> {
  if (!(error instanceof SignInFailure)) throw error;
  signIns.inc({ method: tried.method, outcome: error.reason });
  const { person = null, organisation = null, with: used } = error.about;
  const failed = { person, organisation, ...tried, reason: error.reason, ...(used && { with: used }) };
  await recordSignInFailed(orm.em.fork(), causeNow(person ?? 'unknown'), failed);
  return error;
}
