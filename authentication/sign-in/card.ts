/**
 * Signing in with a smartcard. The agent on the workstation sees the card and says what is wrong with it; here is judged
 * what it signed, and only then whether the card and its person may come in.
 */
import { type Request, type Response, Router } from 'express';
import { cardCertificateFault, readStatement } from '../../adapters/certificate-authority.ts';
import { type CertificateRow, findCertificate } from '../../db/smartcard/certificate.ts';
import { PersonRow } from '../../db/person/person.ts';
import { recordPairUsed } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import type { SmartcardState } from '../../domain/smartcard.ts';
import { statementFault } from '../../domain/agent-protocol.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { browserOf } from './cookies.ts';
import { trying } from './delay.ts';
import { type FailureReason, SignInFailure } from './failure.ts';
import { finishSignIn, type Proof, recordFailure } from './finish.ts';
import { clientOf, findInteraction } from './interaction.ts';
import { showSignIn } from './page.ts';

type SignedStatement = NonNullable<ReturnType<typeof readStatement>>;

const nonceOf = (uid: string) => `card/${uid}`;

export function cardRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();

  router.post('/sign-in/:uid/card/challenge', async (req: Request, res: Response) => {
    const { uid } = await findInteraction(provider, req, res);
    res.json({ issuer: deps.issuer, nonce: await deps.oneUse.make(nonceOf(uid)) });
  });

  router.post('/sign-in/:uid/card', async (req: Request, res: Response) => {
    const interaction = await findInteraction(provider, req, res);
    try {
      const proof = await trying(deps, browserOf(deps, req), async () => {
        const signed = await readSigned(deps, nonceOf(interaction.uid), req.body?.statement);
        return judgeCard(deps, signed);
      });
      await finishSignIn(deps, provider, { req, res, interaction }, proof);
    } catch (error) {
      const failure = await recordFailure(deps, error, { method: 'smartcard', client: clientOf(interaction) });
      await showSignIn(deps, provider, { req, res, interaction }, failure);
    }
  });
  return router;
}

/**
 * What a card signed for this page, just now, with the key of a certificate of ours.
 * @throws {SignInFailure} NOT_READ, TOO_LATE, NOT_PROVED, CLOCK_WRONG, CARD_EXPIRED, NOT_OUR_CARD
 */
async function readSigned(
  { oneUse, settings, issuer, authority }: AuthenticationDeps,
  nonceFor: string,
  field: unknown,
): Promise<SignedStatement> {
  if (typeof field !== 'string' || field.length > 40_000) throw new SignInFailure('NOT_READ');
  const nonce = await oneUse.take(nonceFor);
  if (!nonce) throw new SignInFailure('TOO_LATE');
  const signed = readStatement(field);
  if (!signed) throw new SignInFailure('NOT_PROVED');

  const now = new Date();
  const here = { origin: settings.AUTHENTICATION_URL, issuer, environment: settings.ENVIRONMENT };
  const expected = { purpose: 'sign-in', use: 'authentication', ...here, nonce } as const;
  const fault = statementFault(signed.said, expected, now);
  if (fault === 'DRIVER') throw new SignInFailure('NOT_OUR_CARD', { with: signed.by.serial });
  if (fault) throw new SignInFailure(fault === 'TIME' ? 'CLOCK_WRONG' : 'NOT_PROVED', { with: signed.by.serial });

  const policy = settings.CERTIFICATE_POLICY;
  const wrong = cardCertificateFault(signed.certificate, authority.trust, { use: 'authentication', policy, at: now });
  if (wrong === 'NOT_YET_VALID') throw new SignInFailure('CLOCK_WRONG', { with: signed.by.serial });
  if (wrong && wrong !== 'EXPIRED') throw new SignInFailure('NOT_OUR_CARD', { with: signed.by.serial });
  return signed;
}

/** What a card that does not sign in is said to be. */
const ofState: Record<Exclude<SmartcardState, 'active'>, FailureReason> = {
  issuing: 'CARD_NOT_READY',
  locked: 'CARD_LOCKED',
  cancelled: 'CARD_ENDED',
  lost: 'CARD_REPORTED',
  stolen: 'CARD_REPORTED',
  replaced: 'CARD_REPLACED',
};

/** @throws {SignInFailure} NOT_OUR_CARD, CARD_SUPERSEDED, CARD_EXPIRED, and those of a card that is not active */
async function judgeCard({ orm, settings }: AuthenticationDeps, { said, by, certificate }: SignedStatement): Promise<Proof> {
  const em = orm.em.fork();
  const kept = await findCertificate(em, by.serial);
  if (!kept || !derOf(kept).equals(certificate)) throw new SignInFailure('NOT_OUR_CARD', { with: by.serial });
  if (kept.isDev && settings.ENVIRONMENT === 'production') throw new SignInFailure('NOT_OUR_CARD', { with: by.serial });
  const card = await em.findOneOrFail(SmartcardRow, { id: kept.smartcard }, { refresh: true });
  const person = await em.findOneOrFail(PersonRow, { id: card.person }, { refresh: true });
  const about = { person: person.id, organisation: person.organisation, with: card.id };

  if (said.card !== card.serial || kept.person !== card.person || by.careId !== person.careId)
    throw new SignInFailure('NOT_OUR_CARD', about);
  if (card.state !== 'active') throw new SignInFailure(ofState[card.state], about);
  if (kept.state === 'revoked') throw new SignInFailure(kept.reason === 'superseded' ? 'CARD_SUPERSEDED' : 'CARD_ENDED', about);
  if (kept.notAfter < new Date()) throw new SignInFailure('CARD_EXPIRED', about);
  return {
    person: person.id,
    method: 'smartcard',
    smartcard: { id: card.id, generation: card.generation },
    // The new keys of a renewal have just spoken from the card: that confirms them as well as asking them to would.
    ...(kept.state === 'issued' && { keep: (tx, cause) => recordPairUsed(tx, cause, kept) }),
  };
}

const derOf = ({ pem }: CertificateRow) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
