/**
 * Names the first RA manager and prints a link, good for one hour and once, to register a security key.
 * Works only while no RA manager ever had anything to sign in with:
 *
 *   node authentication/first-manager.ts --organisation RX1 --organisation-name "Elm Trust" \
 *     --given-names Ada --family-name Lovelace --date-of-birth 1980-12-10 [--email ada@elm.example]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Cause } from '../db/audit.ts';
import { recordEnrolmentLink } from '../db/sign-in/enrolment-link.ts';
import { newSecret } from '../db/secret.ts';
import { recordFirstManager, refuseUnlessFirst } from '../db/person/first-manager.ts';
import { createOrm } from '../db/orm.ts';
import { namePart } from '../domain/personal-name.ts';
import { Refusal } from '../domain/refusal.ts';

const anHourMs = 60 * 60 * 1000;
const settings = z.object({ DATABASE_URL: z.url(), AUTHENTICATION_URL: z.url() }).parse(process.env);
const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { organisation: text, 'organisation-name': text, 'given-names': text, 'family-name': text, 'date-of-birth': text, email: text },
});
const named = z
  .object({
    organisation: z.string().regex(/^[A-Z0-9]{3,10}$/, 'is an ODS code'),
    'organisation-name': z.string().min(1).max(200).optional(),
    'given-names': namePart.optional(),
    'family-name': namePart,
    'date-of-birth': z.iso.date(),
    email: z.email().optional(),
  })
  .safeParse(values);

if (!named.success) fail(named.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
const orm = await createOrm(settings.DATABASE_URL);
try {
  const { person, careId, secret } = await orm.em.fork().transactional(async (em) => {
    await refuseUnlessFirst(em);
    const cause: Cause = { id: `command/first-manager/${randomUUID()}`, at: new Date(), who: 'operator', via: 'command', caseId: null };
    const { organisation } = named.data;
    const made = await recordFirstManager(em, cause, {
      organisation,
      organisationName: named.data['organisation-name'],
      givenNames: named.data['given-names'] ?? null,
      familyName: named.data['family-name'],
      dateOfBirth: named.data['date-of-birth'],
      email: named.data.email ?? null,
    });
    const link = { secret: newSecret(), person: made.person, organisation, kind: 'first-manager' as const, goodForMs: anHourMs };
    await recordEnrolmentLink(em, { ...cause, id: `${cause.id}/link` }, link);
    return { ...made, secret: link.secret };
  });
  console.warn(`AUDITED: person ${person} (Care ID ${careId}) was named the first RA manager of ${named.data.organisation}.`);
  console.warn('Give them this link yourself. It works once, for one hour, and for nobody else:');
  console.info(`${settings.AUTHENTICATION_URL}/enrol/${secret}`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  fail(error.message);
} finally {
  await orm.close();
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
