/** What activities ask of the authentication service. Not for the network: every request shows a secret of the settings. */
import { timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Cause } from '../../db/audit.ts';
import { enrolmentKinds, recordEnrolmentLink } from '../../db/sign-in/enrolment-link.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { recordPassword } from '../../db/sign-in/authenticator-password.ts';
import { findSandboxPerson } from '../../db/sandbox/sandbox-person.ts';
import { uuidOf } from '../../db/uuid.ts';
import { findPerson } from '../../db/person/person.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { hashPassword } from '../sign-in/password-hash.ts';
import { linkSecret } from './link-secret.ts';

/** The cause comes from the activity: the same however often it is tried. */
const cause = z.strictObject({
  id: z.string().min(1).max(300),
  at: z.iso.datetime(),
  who: z.string().min(1).max(100),
  caseId: z.string().nullable(),
});
const linking = z.strictObject({
  cause,
  person: z.uuid(),
  kind: z.enum(enrolmentKinds),
  /** The case that a registration belongs to. */
  enrolment: z.uuid().optional(),
  goodForMinutes: z
    .number()
    .positive()
    .max(7 * 24 * 60),
});

export function internalRoutes(deps: AuthenticationDeps): Router {
  const router = Router();
  router.use('/internal', needsToken(deps.settings.INTERNAL_TOKEN), express.json({ limit: '20kb' }));

  router.post('/internal/enrolment-links', async (req, res) => {
    const { cause: given, person: id, kind, enrolment, goodForMinutes } = parse(linking, req.body);
    // Made of the cause: the same activity, tried again, gets the same link.
    const secret = linkSecret(deps.settings.AUTHENTICATION_KEY, given.id);
    await deps.orm.em.fork().transactional(async (em) => {
      const { organisation } = await findPerson(em, id);
      await recordEnrolmentLink(em, causeOf(given), {
        secret,
        person: id,
        organisation,
        kind,
        enrolment,
        goodForMs: goodForMinutes * 60_000,
      });
    });
    res.json({ url: `${deps.settings.AUTHENTICATION_URL}/enrol/${secret}` });
  });
  if (deps.settings.ENVIRONMENT === 'dev') sandboxRoutes(router, deps);
  return router;
}

const testPassword = z.strictObject({
  cause,
  person: z.uuid(),
  level: z.int().min(1).max(2),
  password: z.string().min(12).max(100),
  secret: z.base64().min(16).max(100),
});

/** What a test person signs in with, who adds nothing themselves: only of the sandbox, and only where there is one. */
function sandboxRoutes(router: Router, { orm, settings: { AUTHENTICATION_KEY: key } }: AuthenticationDeps): void {
  router.post('/internal/sandbox-passwords', async (req, res) => {
    const { cause: given, person, level, password, secret } = parse(testPassword, req.body);
    const id = uuidOf(`password of test person ${person}`);
    const passwordHash = await hashPassword(key, password);
    await orm.em.fork().transactional(async (em) => {
      await findSandboxPerson(em, person);
      if ((await em.count(AuthenticatorRow, { id })) > 0) return;
      const { organisation } = await findPerson(em, person);
      const made = { id, person, organisation, level, name: 'Test password', passwordHash, secret: Buffer.from(secret, 'base64'), step: 0 };
      await recordPassword(em, causeOf(given), key, made);
    });
    res.json({});
  });
}

const causeOf = ({ at, ...given }: z.output<typeof cause>): Cause => ({ ...given, at: new Date(at), via: 'workflow' });

/** @throws {Refusal} INVALID */
function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success)
    throw new Refusal('INVALID', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return parsed.data;
}

const needsToken =
  (token: string): RequestHandler =>
  (req, res, next) => {
    const shown = Buffer.from((req.get('Authorization') ?? '').replace(/^Bearer /, ''));
    const expected = Buffer.from(token);
    if (shown.length === expected.length && timingSafeEqual(shown, expected)) return next();
    res.status(401).json({ code: 'UNAUTHORISED' });
  };
