/** What is done with test people, by the same steps as with anybody: so that whoever is signed in as one is told as in earnest. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { londonDay } from '../../domain/days.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { mayAct, refuseTestAct, type TestAct, type TestPersonNow } from '../../domain/sandbox.ts';
import type { Cause } from '../audit.ts';
import { recordPersonState } from '../person/person-state.ts';
import { findPerson } from '../person/person.ts';
import { RoleProfileRow } from '../position-request/role-profile.ts';
import { authenticatorsOf, recordAuthenticatorRemoved } from '../sign-in/authenticator.ts';
import { recordSignInsEnded } from '../sign-in/sign-in-ending.ts';
import { recordSmartcardStep } from '../smartcard/smartcard-step.ts';
import { heldSmartcard, partOf } from '../smartcard/smartcard.ts';
import { auditTestPerson, lockSandboxPerson, recordTestLink, SandboxPersonRow, testPersonExpiry } from './sandbox-person.ts';

/** How a test person is now. */
export async function testPersonNow(em: EntityManager, { person, method, readyAt }: SandboxPersonRow): Promise<TestPersonNow> {
  const { state } = await findPerson(em, person);
  return { state, method, isReady: readyAt != null, hasCard: (await heldSmartcard(em, person)) !== undefined };
}

/** Why, in the audit: the reasons that RA managers give are about people who exist. */
const reason = 'sandbox';

type Step = (em: EntityManager, cause: Cause, row: SandboxPersonRow, key: Uint8Array) => Promise<unknown>;
const stateStep =
  (action: 'suspend' | 'close' | 'reopen'): Step =>
  (em, cause, { person }) =>
    recordPersonState(em, partOf(cause, 'state'), { person, action, reason });

const steps: Record<TestAct, Step> = {
  'end-sign-ins': (em, cause, { person }) => recordSignInsEnded(em, partOf(cause, 'sign-ins'), { person }, 'ended-in-sandbox'),
  suspend: stateStep('suspend'),
  close: stateStep('close'),
  reopen: stateStep('reopen'),
  'cancel-card': (em, cause, { person }) => cancelCard(em, cause, person),
  'new-link': recordTestLink,
  'keep-on': (em, cause, { person }) => em.nativeUpdate(SandboxPersonRow, { person }, { expiresAt: testPersonExpiry(cause) }),
  remove: removeAll,
};

/** @throws {Refusal} NOT_FOUND, WRONG_STATE */
export async function recordTestAct(
  em: EntityManager,
  cause: Cause,
  what: { person: string; act: TestAct },
  key: Uint8Array,
): Promise<void> {
  const row = await lockSandboxPerson(em, what.person);
  refuseTestAct(await testPersonNow(em, row), what.act);
  await steps[what.act](em, cause, row, key);
  await auditTestPerson(em, cause, what.act, row);
}

/** Ends a role of a test person now; what they are signed in to ends with it, within the second. @throws {Refusal} NOT_FOUND */
export async function recordTestRoleEnded(em: EntityManager, cause: Cause, what: { person: string; roleProfile: string }): Promise<void> {
  const row = await lockSandboxPerson(em, what.person);
  const live = { id: what.roleProfile, person: what.person, $or: [{ endsAt: null }, { endsAt: { $gt: cause.at } }] };
  const ended = await em.nativeUpdate(RoleProfileRow, live, { endsAt: cause.at, endsOn: londonDay(cause.at) });
  if (ended === 0) throw nothingHere();
  await auditTestPerson(em, cause, 'end-role', row, { roleProfile: what.roleProfile });
}

async function cancelCard(em: EntityManager, cause: Cause, person: string): Promise<void> {
  const card = await heldSmartcard(em, person);
  if (card) await recordSmartcardStep(em, partOf(cause, 'card'), 'cancel', card, { reason });
}

/** Nobody is deleted, test people neither: what is left can do nothing, and holds no secret. */
async function removeAll(em: EntityManager, cause: Cause, row: SandboxPersonRow): Promise<void> {
  const { person, organisation } = row;
  if (mayAct(await testPersonNow(em, row), 'close')) await stateStep('close')(em, cause, row, Buffer.alloc(0));
  await cancelCard(em, cause, person);
  for (const { id } of await authenticatorsOf(em, person))
    await recordAuthenticatorRemoved(em, partOf(cause, id), { id, person, organisation });
  await em.execute(`update enrolment_link set expires_at = :at where person = :person and used_at is null and expires_at > :at`, {
    person,
    at: cause.at,
  });
  await em.nativeUpdate(SandboxPersonRow, { person }, { removedAt: cause.at, sealed: null });
}

/** Removes test people whose time is up, so many at most. Each in its own transaction. @returns how many */
export async function recordOldTestPeopleRemoved(em: EntityManager, cause: Cause, limit: number): Promise<number> {
  const due = await em.find(
    SandboxPersonRow,
    { removedAt: null, expiresAt: { $lte: cause.at } },
    { fields: ['person'], orderBy: { expiresAt: 1 }, limit },
  );
  for (const { person } of due) {
    await em.fork().transactional(async (tx) => {
      const [row] = await tx.find(SandboxPersonRow, { person, removedAt: null, expiresAt: { $lte: cause.at } });
      if (row) await recordTestAct(tx, partOf(cause, person), { person, act: 'remove' }, Buffer.alloc(0));
    });
  }
  return due.length;
}
