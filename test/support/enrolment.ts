/** What the holder's device does at the authentication service, without a browser: the code, an authenticator, the number. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { recordAuthenticator } from '../../db/sign-in/authenticator.ts';
import { recordEnrolmentCode, recordEnrolmentRegistered } from '../../db/sign-in/enrolment.ts';

const causeBy = (who: string) => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'authentication' as const, caseId: null });

export const giveCode = (em: EntityManager, { id, person }: { id: string; person: string }, code: string) =>
  recordEnrolmentCode(em, causeBy(person), id, code);

/** @returns the authenticator, inert as yet */
export async function registerBy(
  em: EntityManager,
  { id, person, organisation }: { id: string; person: string; organisation: string },
  number = '123456',
): Promise<string> {
  const authenticator = randomUUID();
  await em.transactional(async (tx) => {
    const cause = causeBy(person);
    const made = {
      kind: 'security-key' as const,
      name: 'Security key',
      credentialId: authenticator,
      publicKey: Buffer.from('x'),
      counter: 0,
    };
    const more = { transports: [], aaguid: randomUUID(), backedUp: false, level: 3, isAttested: false };
    await recordAuthenticator(tx, cause, { id: authenticator, person, organisation, ...made, ...more }, { inert: true });
    await recordEnrolmentRegistered(tx, { ...cause, id: `${cause.id}/enrolment` }, id, { authenticator, number });
  });
  return authenticator;
}
