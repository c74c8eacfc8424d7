import { randomBytes, randomInt } from 'node:crypto';
import type { Drawer } from '../agent/drivers/software.ts';
import { actorIn } from '../db/actor.ts';
import { isRecorded } from '../db/audit.ts';
import { findPerson, fullName } from '../db/person/person.ts';
import {
  type AskedTestPerson,
  type MadeTestPerson,
  recordSandboxPerson,
  recordSandboxPersonReady,
  SandboxPersonRow,
  secretsOf,
  type TestSecrets,
} from '../db/sandbox/sandbox-person.ts';
import { newTotpSecret } from '../db/sign-in/totp.ts';
import { uuidOf } from '../db/uuid.ts';
import { passcodeFault } from '../domain/passcode.ts';
import { refuseUnless } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { isBackOfficeCode, testMethods, type TestMethod } from '../domain/sandbox.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';
import { makeSoftwareCard } from './software-card.ts';

/** Where test people are made: nowhere in production. */
export interface Sandbox {
  /** Has a card made, and lays it into the drawer of software cards. Not where there is none. */
  layCard: ((card: { serial: string; holder: string }, make: (bench: Drawer) => Promise<void>) => Promise<void>) | null;
  /** Of the drawer that it is made in. */
  reader: string;
}

type Needed = Pick<Deps, 'orm' | 'sealingKey' | 'authenticationService' | 'authority' | 'cardSecretsKey' | 'sandbox'>;

export const sandboxActivities = ({ orm, sealingKey, authenticationService, authority, cardSecretsKey, sandbox }: Needed) => ({
  /**
   * Makes a test person, whom nobody can sign in as yet. Safe to retry: one who is made is answered again.
   *
   * @throws {Refusal} NOT_FOUND where there is no sandbox; NOT_PERMITTED; WRONG_STATE for a maker who has too many
   */
  async recordTestPerson(asked: AskedTestPerson, by: By): Promise<MadeTestPerson> {
    if (!sandbox) throw nothingHere();
    const cause = causeOf(by);
    if (asked.roles.some(({ jobRole, activities }) => [jobRole, ...activities].some(isBackOfficeCode))) throw nothingHere();
    return orm.em.fork().transactional(async (em) => {
      if (!(await isRecorded(em, cause, 'sandbox-person.make')))
        refuseUnless(await actorIn(em, by.who, asked.organisation), 'sandbox.use', asked);
      return recordSandboxPerson(em, cause, asked, { key: sealingKey, secrets: newSecrets(asked.method) });
    });
  },

  /** Gives a test person what they sign in with. Safe to retry: what was given stays, and who was removed meanwhile gets nothing. */
  async equipTestPerson(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    const em = orm.em.fork();
    const row = await em.findOneOrFail(SandboxPersonRow, { person: id }, { refresh: true });
    if (row.readyAt || row.removedAt) return;
    const { careId, organisation, ...names } = await findPerson(em, id);
    const { passcode, password, totp } = secretsOf(sealingKey, row);
    const { at, who, caseId } = cause;
    if (passcode) {
      if (!sandbox?.layCard) throw new Error('There is no drawer here to lay a card in');
      const [card, serial] = [uuidOf(`card of test person ${id}`), `8${careId}001`];
      const making = { em, reader: sandbox.reader, authority: authority.issuing, terms: authority.terms, secretsKey: cardSecretsKey };
      await sandbox.layCard({ serial, holder: `${fullName(names)} (test)` }, (drawer) =>
        makeSoftwareCard({ ...making, drawer }, cause, { id: card, serial, person: id, careId, organisation, passcode }),
      );
    } else if (password && totp) {
      const given = { person: id, level: testMethods[row.method].level, password, secret: totp };
      await authenticationService.addTestPassword({ id: `${cause.id}/password`, at, who, caseId }, given);
    }
    await orm.em.fork().transactional((tx) => recordSandboxPersonReady(tx, cause, row));
  },
});

function newSecrets(method: TestMethod): TestSecrets {
  if (method === 'card') return { passcode: newPasscode() };
  if (method === 'link') return {};
  return { password: randomBytes(12).toString('base64url'), totp: newTotpSecret().toString('base64') };
}

function newPasscode(): string {
  for (;;) {
    const passcode = String(randomInt(10 ** 6)).padStart(6, '0');
    if (!passcodeFault(passcode)) return passcode;
  }
}
