/** Adding the first authenticator by a link: nobody is signed in, the link names the person. */
import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { authenticatorsOf, type NewAuthenticator, recordAuthenticator } from '../../db/authenticator.ts';
import { type EnrolmentKind, type EnrolmentLinkRow, findEnrolmentLink, recordEnrolmentLinkUsed } from '../../db/enrolment-link.ts';
import { findPerson, fullName, type PersonRow } from '../../db/person.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { SignInFailure } from '../sign-in/failure.ts';
import { type Addable, addable, checkAttestation, registrationOptions } from '../sign-in/web-authn.ts';

/** What each kind of link may add. */
const allowed: Record<EnrolmentKind, readonly Addable[]> = { 'first-manager': ['security-key'], registration: addable };
const names: Record<Addable, string> = { 'security-key': 'Security key', biometrics: 'This device' };
const input = z.object({ kind: z.enum(addable), response: z.string().max(200_000).optional() });

export function enrolmentRoutes(deps: AuthenticationDeps): Router {
  const router = Router();
  const { orm, oneUse, settings } = deps;
  const origin = settings.AUTHENTICATION_URL;
  const challengeOf = ({ hash }: EnrolmentLinkRow) => `enrolment/${hash}`;

  /** @throws {Refusal} EXPIRED */
  async function find(req: Request): Promise<{ link: EnrolmentLinkRow; person: PersonRow }> {
    const em = orm.em.fork();
    const link = await findEnrolmentLink(em, String(req.params['secret']), new Date());
    return { link, person: await findPerson(em, link.person) };
  }

  async function show(req: Request, res: Response, errors?: Array<{ text: string; href: string }>): Promise<void> {
    const { link, person } = await find(req);
    res.set('Cache-Control', 'no-store');
    res.render('enrolment/enrol.njk', { secret: req.params['secret'], name: fullName(person), kinds: allowed[link.kind], errors });
  }

  router.get('/enrol/:secret', (req, res) => show(req, res));

  router.post('/enrol/:secret/options', async (req, res) => {
    const { link, person } = await find(req);
    const { kind } = input.parse(req.body);
    const has = await authenticatorsOf(orm.em.fork(), person.id);
    res.json(await registrationOptions(origin, await oneUse.make(challengeOf(link)), { person, kind, has }));
  });

  router.post('/enrol/:secret', async (req, res) => {
    const { link, person } = await find(req);
    try {
      await enrol(link, person, req.body);
      res.redirect(303, '/enrolled');
    } catch (error) {
      if (!(error instanceof SignInFailure)) throw error;
      await show(req, res.status(400), [{ text: error.message, href: '#enrol' }]);
    }
  });
  router.get('/enrolled', (_req, res) => res.render('enrolment/enrolled.njk'));

  /** The link is used up and the authenticator kept in one transaction. @throws {SignInFailure} */
  async function enrol(link: EnrolmentLinkRow, person: PersonRow, body: unknown): Promise<void> {
    const { kind, response } = input.parse(body);
    const challenge = await oneUse.take(challengeOf(link));
    if (!challenge) throw new SignInFailure('TOO_LATE');
    const made = await checkAttestation(deps, response, challenge);
    if (!allowed[link.kind].some((each) => each === made.kind)) throw new SignInFailure('WRONG_KIND');
    const { id, organisation } = person;
    const row: NewAuthenticator = { ...made, id: randomUUID(), person: id, organisation, name: names[kind] };
    await orm.em.fork().transactional(async (em) => {
      const cause = causeNow(id);
      await recordEnrolmentLinkUsed(em, cause, link, organisation);
      await recordAuthenticator(em, cause, row);
    });
  }
  return router;
}
