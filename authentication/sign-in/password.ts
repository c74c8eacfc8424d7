/** Signing in with a password and the code of an authenticator app, or a recovery code. Whoever has none gets the same answer, as late. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { recordAuthenticatorUsed } from '../../db/sign-in/authenticator.ts';
import { type PasswordKnown, passwordOf, recordCodeUsed, recordRecoveryCodeUsed } from '../../db/sign-in/authenticator-password.ts';
import { findPerson } from '../../db/person/person.ts';
import { passwordAsMeant, recoveryCodeAsMeant, withoutSpaces } from '../../domain/authenticator-password.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { browserOf, numberBrowser } from './cookies.ts';
import { trying } from './delay.ts';
import { SignInFailure } from './failure.ts';
import { finishSignIn, type Proof, recordFailure } from './finish.ts';
import { clientOf, findInteraction, type Interaction } from './interaction.ts';
import { sayFailed } from './page.ts';
import { rememberedWay } from './remembered.ts';
import { isPassword } from './password-hash.ts';
import { newTotpSecret, stepOfCode } from '../../db/sign-in/totp.ts';

const input = z.object({
  careId: z
    .string()
    .transform(withoutSpaces)
    .pipe(z.string().regex(/^[0-9]{12}$/, 'Enter your Care ID: 12 digits')),
  password: z.string().min(1, 'Enter your password').max(1000, 'Enter your password').transform(passwordAsMeant),
  code: z.string().trim().min(1, 'Enter the code of your authenticator app').max(40, 'Enter the code of your authenticator app'),
});
type Typed = z.output<typeof input>;
type Errors = Array<{ text: string; href: string }>;

export function passwordRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();

  /** Nothing that was typed is shown again but the Care ID. */
  async function show(
    req: Request,
    res: Response,
    interaction: Interaction,
    view: { errors?: Errors; careId?: unknown } = {},
  ): Promise<void> {
    const client = await provider().Client.find(clientOf(interaction));
    numberBrowser(deps, req, res);
    res
      .set('Cache-Control', 'no-store')
      .render('sign-in/password.njk', {
        uid: interaction.uid,
        system: client?.clientName ?? clientOf(interaction),
        way: 'password-totp',
        remembered: rememberedWay(deps, req),
        back: `/sign-in/${interaction.uid}`,
        ...view,
      });
  }

  router.get('/sign-in/:uid/password', async (req: Request, res: Response) => {
    await show(req, res, await findInteraction(provider, req, res));
  });

  router.post('/sign-in/:uid/password', async (req: Request, res: Response) => {
    const interaction = await findInteraction(provider, req, res);
    const typed = input.safeParse(req.body);
    if (!typed.success) {
      const errors = typed.error.issues.map(({ path, message }) => ({ text: message, href: `#${path.join('-')}` }));
      return show(req, res.status(400), interaction, { errors, careId: req.body?.careId });
    }
    const { careId } = typed.data;
    try {
      // What is found only when the code is used counts too: a code that was used before.
      await trying(deps, [{ counted: 'care-id', which: careId }, ...browserOf(deps, req)], async () =>
        finishSignIn(deps, provider, { req, res, interaction }, await prove(deps, typed.data)),
      );
    } catch (error) {
      const failure = await recordFailure(deps, error, { method: 'password-totp', client: clientOf(interaction) });
      sayFailed(res, failure);
      await show(req, res, interaction, { errors: [{ text: failure.message, href: '#careId' }], careId });
    }
  });
  return router;
}

/** In place of what somebody has not: as much work. */
const nobodysSecret = newTotpSecret();

/** @throws {SignInFailure} WRONG_PASSWORD, whatever of it was wrong */
async function prove({ orm, settings }: AuthenticationDeps, { careId, password, code }: Typed): Promise<Proof> {
  const key = settings.AUTHENTICATION_KEY;
  const known = await passwordOf(orm.em.fork(), key, careId);
  const isRight = await isPassword(key, password, known?.passwordHash);
  const digits = withoutSpaces(code);
  const step = stepOfCode(known?.secret ?? nobodysSecret, digits, new Date());
  const isRecovery = !/^[0-9]{6}$/.test(digits);
  if (!known) throw new SignInFailure('WRONG_PASSWORD');
  if (!isRight || (step === undefined && !isRecovery)) throw wrong(known);
  return {
    person: known.person,
    method: 'password-totp',
    authenticator: known.authenticator,
    level: known.level,
    async keep(em, cause, client) {
      const { organisation } = await findPerson(em, known.person);
      const recovery = { id: known.authenticator, person: known.person, organisation, code: recoveryCodeAsMeant(code) };
      const isGood = isRecovery
        ? await recordRecoveryCodeUsed(em, cause, key, recovery)
        : await recordCodeUsed(em, known.authenticator, step ?? 0);
      if (!isGood) throw wrong(known);
      await recordAuthenticatorUsed(em, known.authenticator, { client, at: cause.at });
    },
  };
}

/** Whose it was, the audit is told; the page is not, since nobody has proved anything. */
const wrong = ({ person, authenticator }: PasswordKnown) => new SignInFailure('WRONG_PASSWORD', { person, with: authenticator });
