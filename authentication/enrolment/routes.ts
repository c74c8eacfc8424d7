/**
 * Adding an authenticator by a link: nobody is signed in, the link names the person. A Registration Authority's link also asks for the code
 * that the witness reads out, and what it adds is inert until the witness has typed the number shown at the end.
 */
import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { authenticatorsOf, type NewAuthenticator, recordAuthenticator } from '../../db/sign-in/authenticator.ts';
import { findEnrolmentForHolder, getEnrolment, recordEnrolmentCode, recordEnrolmentRegistered } from '../../db/sign-in/enrolment.ts';
import {
  type EnrolmentKind,
  type EnrolmentLinkRow,
  findEnrolmentLink,
  findUsedLink,
  recordEnrolmentLinkUsed,
} from '../../db/sign-in/enrolment-link.ts';
import { findPerson, fullName, type PersonRow } from '../../db/person/person.ts';
import { enrolmentCodeProblem, readEnrolmentCode } from '../../domain/enrolment.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { textOf } from '../edge.ts';
import { SignInFailure } from '../sign-in/failure.ts';
import { type Addable, addable, checkAttestation, registrationOptions } from '../sign-in/web-authn.ts';
import { isLetIn, letIn, numberOf } from './gate.ts';

/** What each kind of link may add. */
const allowed: Record<EnrolmentKind, readonly Addable[]> = { 'first-manager': ['security-key'], registration: addable, sandbox: addable };
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
    if (link.kind === 'registration') await findEnrolmentForHolder(em, link.enrolment ?? '', new Date());
    return { link, person: await findPerson(em, link.person) };
  }

  const needsCode = (req: Request, { kind, enrolment }: EnrolmentLinkRow) =>
    kind === 'registration' && !isLetIn(settings, req, enrolment ?? '');

  /** @throws {Refusal} EXPIRED; NOT_PERMITTED where the code was not given in this browser */
  async function findOpened(req: Request): Promise<{ link: EnrolmentLinkRow; person: PersonRow }> {
    const found = await find(req);
    if (needsCode(req, found.link)) throw new Refusal('NOT_PERMITTED', 'Open the link again and enter the code that is read out to you');
    return found;
  }

  async function show(req: Request, res: Response, errors?: Array<{ text: string; href: string }>): Promise<void> {
    const { link, person } = await find(req);
    res.set('Cache-Control', 'no-store');
    if (needsCode(req, link)) return res.render('enrolment/code.njk', { secret: req.params['secret'], errors });
    res.render('enrolment/enrol.njk', { secret: req.params['secret'], name: fullName(person), kinds: allowed[link.kind], errors });
  }

  router.get('/enrol/:secret', (req, res) => show(req, res));

  router.post('/enrol/:secret/code', async (req, res) => {
    const { link } = await find(req);
    if (link.kind !== 'registration' || !link.enrolment) throw nothingHere();
    const given = await recordEnrolmentCode(
      orm.em.fork(),
      causeNow(link.person),
      link.enrolment,
      readEnrolmentCode(textOf(req.body?.code)),
    );
    if (given !== 'right') return show(req, res.status(400), [{ text: wrongCode(given.left), href: '#code' }]);
    letIn(settings, res, link.enrolment, link.expiresAt);
    res.redirect(303, `/enrol/${String(req.params['secret'])}`);
  });

  /** After the link was used: the number for the witness, and what came of it. */
  router.get('/enrol/:secret/number', async (req, res) => {
    const em = orm.em.fork();
    const { enrolment: id, person } = await findUsedLink(em, String(req.params['secret']));
    if (!id || !isLetIn(settings, req, id)) throw nothingHere();
    const { state, authenticator, expiresAt } = await getEnrolment(em, id);
    if (state === 'confirmed') return res.redirect(303, '/enrolled');
    const isWaiting = state === 'registered' && authenticator !== null && new Date(expiresAt) > new Date();
    res.set('Cache-Control', 'no-store');
    if (!isWaiting) return res.status(410).render('enrolment/over.njk');
    const digits = numberOf(settings, authenticator);
    const name = fullName(await findPerson(em, person));
    res.render('enrolment/number.njk', { number: `${digits.slice(0, 3)} ${digits.slice(3)}`, name, expiresAt, here: req.path });
  });

  router.post('/enrol/:secret/options', async (req, res) => {
    const { link, person } = await findOpened(req);
    const { kind } = input.parse(req.body);
    const has = await authenticatorsOf(orm.em.fork(), person.id);
    res.json(await registrationOptions(origin, await oneUse.make(challengeOf(link)), { person, kind, has }));
  });

  router.post('/enrol/:secret', async (req, res) => {
    const { link, person } = await findOpened(req);
    try {
      await enrol(link, person, req.body);
      res.redirect(303, link.enrolment ? `/enrol/${String(req.params['secret'])}/number` : '/enrolled');
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
      await recordAuthenticator(em, cause, row, { inert: link.enrolment != null });
      if (!link.enrolment) return;
      const registered = { authenticator: row.id, number: numberOf(settings, row.id) };
      await recordEnrolmentRegistered(em, { ...cause, id: `${cause.id}/enrolment` }, link.enrolment, registered);
    });
  }
  return router;
}

const wrongCode = (left: number): string =>
  left > 0
    ? `${enrolmentCodeProblem}. ${left} ${left === 1 ? 'try is' : 'tries are'} left`
    : 'The code was wrong too often, so this link is over. Ask the person with you to begin again';
