/** A person's own password and authenticator app: added, changed, and new recovery codes. */
import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { authenticatorsOf, findAuthenticator } from '../../db/sign-in/authenticator.ts';
import { recordPassword, recordPasswordChanged, recordRecoveryCodes } from '../../db/sign-in/authenticator-password.ts';
import { findPerson, type PersonRow } from '../../db/person/person.ts';
import { seal, unseal } from '../../db/seal.ts';
import { passwordAsMeant, passwordProblem, withoutSpaces } from '../../domain/authenticator-password.ts';
import { kindWords } from '../../domain/authenticator.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { levelOf } from '../provider/assurance.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { failures } from '../sign-in/failure.ts';
import { needsSignIn, signInHere } from '../sign-in/here.ts';
import { hashPassword } from '../sign-in/password-hash.ts';
import { base32, newTotpSecret, stepOfCode, totpUri } from '../../db/sign-in/totp.ts';

const passwords = { password: z.string().max(1000).transform(passwordAsMeant), again: z.string().max(1000).transform(passwordAsMeant) };
const added = z.object({ ...passwords, code: z.string().max(20).transform(withoutSpaces) });
const changed = z.object(passwords);
type Errors = Array<{ text: string; href: string }>;
const service = ['care', 'identity', 'nhs', 'smartcard'];
const secretForSeconds = 15 * 60;
/** As people read them: five, and five. */
const asRead = (code: string) => `${code.slice(0, 5)}-${code.slice(5)}`;

export function passwordRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  const { orm, redis, settings, isBreached } = deps;
  const key = settings.AUTHENTICATION_KEY;
  const needsFresh = needsSignIn(deps, provider, { fresh: true });

  function problemsOf({ careId, givenNames, familyName }: PersonRow, { password, again }: z.output<typeof changed>): Errors {
    const words = [...(givenNames ?? '').split(/\s/), ...familyName.split(/\s/), ...service];
    const known = isBreached(password) ? 'Others have used this password, and it is known. Choose another one' : undefined;
    const problem = passwordProblem(password, { careId, words }) ?? known;
    if (problem) return [{ text: problem, href: '#password' }];
    return password === again ? [] : [{ text: 'Enter the same password again', href: '#again' }];
  }

  /** What the app is given, until it has shown that it took it: the same on this page, however often it is shown. */
  async function secretOf(signIn: string): Promise<Buffer> {
    const at = `totp/${signIn}`;
    const made = newTotpSecret();
    await redis.set(at, seal(key, at, made), 'EX', secretForSeconds, 'NX');
    const sealed = await redis.getBuffer(at);
    return sealed ? unseal(key, at, sealed) : made;
  }

  /** @throws {Refusal} WRONG_STATE if they have one; NOT_PERMITTED where the sign-in is weaker than it */
  async function refuseUnlessNew(req: Request): Promise<PersonRow> {
    const { person, level } = signInHere(req);
    const em = orm.em.fork();
    const has = await authenticatorsOf(em, person);
    if (has.some(({ kind }) => kind === 'password-totp'))
      throw new Refusal('WRONG_STATE', 'You have a password and authenticator app already. Remove them before you add others');
    if (levelOf(settings)['password-totp'] > level) throw new Refusal('NOT_PERMITTED', failures.STRONGER_NEEDED);
    return findPerson(em, person);
  }

  async function showAdd(req: Request, res: Response, errors?: Errors): Promise<void> {
    const { careId } = await refuseUnlessNew(req);
    const secret = await secretOf(signInHere(req).id);
    const inFours = base32(secret).match(/.{4}/g)?.join(' ');
    res.set('Cache-Control', 'no-store');
    res.render('authenticators/add-password.njk', { secret: inFours, uri: totpUri(secret, careId), errors, back: '/authenticators' });
  }

  const showCodes = (res: Response, codes: readonly string[]): void =>
    res.set('Cache-Control', 'no-store').render('authenticators/recovery-codes.njk', { codes: codes.map(asRead) });

  router.get('/authenticators/add/password', needsFresh, (req, res) => showAdd(req, res));

  router.post('/authenticators/add/password', needsFresh, async (req, res) => {
    const person = await refuseUnlessNew(req);
    const { id: signIn } = signInHere(req);
    const typed = added.parse({ code: '', password: '', again: '', ...req.body });
    const secret = await secretOf(signIn);
    const step = stepOfCode(secret, typed.code, new Date());
    const errors = [...(step === undefined ? [{ text: failures.WRONG_CODE, href: '#code' }] : []), ...problemsOf(person, typed)];
    if (step === undefined || errors.length > 0) return showAdd(req, res.status(400), errors);
    const passwordHash = await hashPassword(key, typed.password);
    const row = { id: randomUUID(), person: person.id, organisation: person.organisation, level: levelOf(settings)['password-totp'] };
    const made = { ...row, name: kindWords['password-totp'], passwordHash, secret, step };
    const codes = await orm.em.fork().transactional((em) => recordPassword(em, causeNow(person.id), key, made));
    await redis.del(`totp/${signIn}`);
    showCodes(res, codes);
  });

  /** @throws {Refusal} NOT_FOUND if it is no password of theirs */
  async function findOwn(req: Request) {
    const { person, organisation } = signInHere(req);
    const id = z.uuid().safeParse(req.params['id']);
    if (!id.success) throw nothingHere();
    const found = await findAuthenticator(orm.em.fork(), person, id.data);
    if (found.kind !== 'password-totp') throw nothingHere();
    return { id: found.id, person, organisation };
  }

  router.get('/authenticators/:id/password', needsFresh, async (req, res) => {
    res.render('authenticators/change-password.njk', { ...(await findOwn(req)), back: '/authenticators' });
  });

  router.post('/authenticators/:id/password', needsFresh, async (req, res) => {
    const own = await findOwn(req);
    const typed = changed.parse({ password: '', again: '', ...req.body });
    const errors = problemsOf(await findPerson(orm.em.fork(), own.person), typed);
    if (errors.length > 0) return res.status(400).render('authenticators/change-password.njk', { ...own, errors, back: '/authenticators' });
    const hash = await hashPassword(key, typed.password);
    await orm.em.fork().transactional((em) => recordPasswordChanged(em, causeNow(own.person), own, hash));
    res.redirect(303, '/authenticators');
  });

  router.post('/authenticators/:id/recovery-codes', needsFresh, async (req, res) => {
    const own = await findOwn(req);
    const codes = await orm.em.fork().transactional((em) => recordRecoveryCodes(em, causeNow(own.person), key, own));
    showCodes(res, codes);
  });
  return router;
}
