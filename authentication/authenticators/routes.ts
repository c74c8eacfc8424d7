/** A person's own authenticators: list, add, name, remove. */
import { randomUUID } from 'node:crypto';
import { type EntityManager, wrap } from '@mikro-orm/postgresql';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  type AuthenticatorRow,
  authenticatorsOf,
  findAuthenticator,
  recordAuthenticator,
  recordAuthenticatorNamed,
  recordAuthenticatorRemoved,
} from '../../db/sign-in/authenticator.ts';
import { findPerson } from '../../db/person/person.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { kindWords } from '../../domain/authenticator.ts';
import { recoveryCodesLeft } from '../../db/sign-in/authenticator-password.ts';
import { historyRoutes } from './history.ts';
import { passwordRoutes } from './password.ts';
import { SignInFailure } from '../sign-in/failure.ts';
import { backFromSignIn, needsSignIn, ownCallback, signInHere } from '../sign-in/here.ts';
import { addable, checkAttestation, registrationOptions } from '../sign-in/web-authn.ts';

const kindOnly = z.object({ kind: z.enum(addable) });
const named = z.strictObject({ name: z.string().trim().min(1, 'Enter a name').max(60, 'Name must be 60 characters or fewer') });
const added = z.strictObject({ kind: z.enum(addable), response: z.string().max(200_000), ...named.shape });
const ids = z.object({ id: z.uuid() });

export function authenticatorRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  const { orm, oneUse, settings } = deps;
  const origin = settings.AUTHENTICATION_URL;
  const challengeOf = (person: string) => `authenticators/${person}`;
  const needsAny = needsSignIn(deps, provider, { fresh: false });
  const needsFresh = needsSignIn(deps, provider, { fresh: true });

  router.get(ownCallback, backFromSignIn);

  router.get('/authenticators', needsAny, async (req, res) => {
    const { person, authenticator: current } = signInHere(req);
    const em = orm.em.fork();
    const rows = await authenticatorsOf(em, person);
    const authenticators = await Promise.all(rows.map((row) => described(em, row)));
    const canAddPassword = !rows.some(({ kind }) => kind === 'password-totp');
    res.render('authenticators/list.njk', { authenticators, current, canAddPassword });
  });

  /** Where it was used is said by the name of the system, while that is registered. */
  async function described(em: EntityManager, row: AuthenticatorRow) {
    const client = row.lastUsedClient ? await provider().Client.find(row.lastUsedClient) : undefined;
    const codesLeft = row.kind === 'password-totp' ? await recoveryCodesLeft(em, row.id) : 0;
    return { ...wrap(row).toObject(), words: kindWords[row.kind], lastUsedWhere: client?.clientName ?? row.lastUsedClient, codesLeft };
  }

  router.use(passwordRoutes(deps, provider));
  router.use(historyRoutes(deps, provider));

  router.get('/authenticators/add/:kind', needsFresh, async (req, res) => showAdd(req, res));
  const showAdd = async (req: Request, res: Response, view: object = {}) => {
    const kind = kindOnly.safeParse(req.params);
    if (!kind.success) throw nothingHere();
    res.render('authenticators/add.njk', { ...kind.data, ...view });
  };

  router.post('/authenticators/options', needsFresh, async (req, res) => {
    const { kind } = kindOnly.parse(req.body);
    const { person: id } = signInHere(req);
    const em = orm.em.fork();
    const person = await findPerson(em, id);
    const has = await authenticatorsOf(em, id);
    res.json(await registrationOptions(origin, await oneUse.make(challengeOf(id)), { person, kind, has }));
  });

  router.post('/authenticators/add/:kind', needsFresh, async (req: Request<{ kind: string }>, res) => {
    const signIn = signInHere(req);
    const input = added.safeParse({ ...req.body, kind: req.params.kind });
    if (!input.success) {
      const errors = input.error.issues.map(({ path, message }) => ({ text: message, href: `#${path.join('-')}` }));
      return showAdd(req, res.status(400), { errors, typed: req.body });
    }
    const { name, response } = input.data;
    try {
      const challenge = await oneUse.take(challengeOf(signIn.person));
      if (!challenge) throw new SignInFailure('TOO_LATE');
      const made = await checkAttestation(deps, response, challenge);
      if (made.level > signIn.level) throw new SignInFailure('STRONGER_NEEDED');
      const row = { ...made, id: randomUUID(), person: signIn.person, organisation: signIn.organisation, name };
      await orm.em.fork().transactional((em) => recordAuthenticator(em, causeNow(signIn.person), row));
      res.redirect(303, '/authenticators');
    } catch (error) {
      if (!(error instanceof SignInFailure)) throw error;
      await showAdd(req, res.status(400), { errors: [{ text: error.message, href: '#name' }], typed: { name } });
    }
  });

  router.post('/authenticators/:id/name', needsAny, async (req, res) => {
    const { person, organisation } = signInHere(req);
    const { id } = idOf(req);
    const input = named.safeParse(req.body);
    if (!input.success) throw new Refusal('INVALID', input.error.issues[0]?.message ?? 'Enter a name');
    await orm.em
      .fork()
      .transactional((em) => recordAuthenticatorNamed(em, causeNow(person), { id, person, organisation, name: input.data.name }));
    res.redirect(303, '/authenticators');
  });

  for (const way of ['remove', 'lost'] as const) {
    const isLost = way === 'lost';
    router.get(`/authenticators/:id/${way}`, needsAny, async (req: Request, res: Response) => {
      const { person, authenticator } = signInHere(req);
      const em = orm.em.fork();
      const found = await findAuthenticator(em, person, idOf(req).id);
      const all = await authenticatorsOf(em, person);
      res.render('authenticators/remove.njk', { found, isLost, isLast: all.length === 1, isCurrent: found.id === authenticator });
    });

    router.post(`/authenticators/:id/${way}`, needsFresh, async (req: Request, res: Response) => {
      const { person, organisation } = signInHere(req);
      const { id } = await findAuthenticator(orm.em.fork(), person, idOf(req).id);
      const removed = { id, person, organisation, isLost };
      await orm.em.fork().transactional((em) => recordAuthenticatorRemoved(em, causeNow(person), removed));
      res.redirect(303, '/authenticators');
    });
  }
  return router;
}

/** @throws {Refusal} NOT_FOUND */
function idOf(req: Request) {
  const parsed = ids.safeParse(req.params);
  if (!parsed.success) throw nothingHere();
  return parsed.data;
}
