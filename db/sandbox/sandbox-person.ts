/**
 * Test people. Somebody is one while there is a row here, and stays one when they are removed: nobody real ever has their Care ID.
 * What they sign in with is kept here sealed, to be shown again. The database refuses all of it outside dev.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { londonDay } from '../../domain/days.ts';
import { nothingHere } from '../../domain/refusal.ts';
import {
  choosing,
  refuseMoreTestPeople,
  soonMinutes,
  testIdentity,
  type TestMethod,
  testMethodNames,
  type TestName,
  testPersonDays,
  type TestRole,
} from '../../domain/sandbox.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { insertWithCareId } from '../person/care-id.ts';
import { findPerson } from '../person/person.ts';
import { insertRoleProfile, nextRoleProfileId } from '../position-request/role-profile.ts';
import { seal, unseal } from '../seal.ts';
import { newSecret } from '../secret.ts';
import { recordEnrolmentLink } from '../sign-in/enrolment-link.ts';
import { currentTerms } from '../sign-in/terms.ts';

const schema = defineEntity({
  name: 'SandboxPersonRow',
  tableName: 'sandbox_person',
  properties: {
    person: p.uuid().primary(),
    /** Whose integration staff made them, and alone see them in the sandbox. */
    organisation: p.string(),
    madeBy: p.uuid(),
    madeAt: p.datetime(),
    expiresAt: p.datetime(),
    names: p.string().$type<TestName>(),
    method: p.enum(testMethodNames),
    /** TestSecrets. */
    sealed: p.blob().nullable(),
    /** When they had what they sign in with. */
    readyAt: p.datetime().nullable(),
    removedAt: p.datetime().nullable(),
  },
});

export class SandboxPersonRow extends schema.class {}
schema.setClass(SandboxPersonRow);

/** What a test person signs in with. */
export interface TestSecrets {
  passcode?: string;
  password?: string;
  /** base64 */
  totp?: string;
  /** Of a link by which a security key is registered. */
  link?: string;
}

const dayMs = 86_400_000;
const linkGoodForMs = 7 * dayMs;
/** When a test person who is made, or kept on, now is removed. */
export const testPersonExpiry = ({ at }: Cause): Date => new Date(at.getTime() + testPersonDays * dayMs);

const purposeOf = (person: string) => `sandbox/${person}`;
const sealedIn = (key: Uint8Array, person: string, secrets: TestSecrets) => seal(key, purposeOf(person), JSON.stringify(secrets));

export const secretsOf = (key: Uint8Array, { person, sealed }: Pick<SandboxPersonRow, 'person' | 'sealed'>): TestSecrets =>
  sealed ? (JSON.parse(unseal(key, purposeOf(person), sealed).toString()) as TestSecrets) : {};

/** @throws {Refusal} NOT_FOUND if there is none, or they were removed */
export async function findSandboxPerson(em: EntityManager, person: string): Promise<SandboxPersonRow> {
  const row = await em.findOne(SandboxPersonRow, { person, removedAt: null }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** Whether somebody is a test person, or was one. */
export const isTestPerson = async (em: EntityManager, person: string): Promise<boolean> =>
  (await em.count(SandboxPersonRow, { person })) > 0;

/** Holds the row until the transaction ends. @throws {Refusal} NOT_FOUND */
export async function lockSandboxPerson(em: EntityManager, person: string): Promise<SandboxPersonRow> {
  await em.execute(`select from sandbox_person where person = :person for update`, { person });
  return findSandboxPerson(em, person);
}

/** What was asked for. Nothing in it is about anybody. */
export interface AskedTestPerson {
  id: string;
  organisation: string;
  names: TestName;
  level: 0 | 1 | 2 | 3;
  method: TestMethod;
  roles: TestRole[];
  hasEmail: boolean;
  isSuspended: boolean;
  /** The last of the roles ends in a few minutes. */
  roleEndsSoon: boolean;
}
export interface MadeTestPerson {
  id: string;
  careId: string;
}

/**
 * Makes a test person with their roles, once however often it is tried.
 *
 * @param given.secrets what they will sign in with; of another attempt, those that were kept stay
 * @throws {Refusal} WRONG_STATE for a maker who has too many
 */
export async function recordSandboxPerson(
  em: EntityManager,
  cause: Cause,
  asked: AskedTestPerson,
  { key, secrets }: { key: Uint8Array; secrets: TestSecrets },
): Promise<MadeTestPerson> {
  const { id, organisation, names, method } = asked;
  // One after the other for each maker, so that two at once are counted.
  await em.execute(`select from person where id = :who for no key update`, { who: cause.who });
  if ((await em.count(SandboxPersonRow, { person: id })) === 0) {
    refuseMoreTestPeople(await em.count(SandboxPersonRow, { madeBy: cause.who, removedAt: null }));
    await insertTestPerson(em, cause, asked);
    const times = { madeAt: cause.at, expiresAt: testPersonExpiry(cause), readyAt: null, removedAt: null };
    const sealed = sealedIn(key, id, secrets);
    await em.insert(SandboxPersonRow, { person: id, organisation, madeBy: cause.who, ...times, names, method, sealed });
    await insertRoles(em, cause, asked);
    const detail = { method, level: String(asked.level), roles: String(asked.roles.length) };
    await auditTestPerson(em, cause, 'make', { person: id, organisation }, detail);
    if (method === 'link') await recordTestLink(em, cause, { person: id, organisation }, key);
  }
  return { id, careId: (await findPerson(em, id)).careId };
}

async function insertTestPerson(em: EntityManager, { at }: Cause, asked: AskedTestPerson): Promise<void> {
  const { id, organisation, level } = asked;
  const email = asked.hasEmail ? `test.${id.slice(0, 8)}@sandbox.example` : null;
  const { version: termsVersion } = await currentTerms(em);
  await insertWithCareId(em, {
    id,
    ...testIdentity(asked.names, choosing(id)),
    state: asked.isSuspended ? 'suspended' : 'active',
    email,
    organisation,
    identityAssuranceLevel: level,
    termsVersion,
    generation: 1,
    createdAt: at,
  });
}

async function insertRoles(em: EntityManager, { at }: Cause, { id: person, roles, roleEndsSoon }: AskedTestPerson): Promise<void> {
  const startsOn = londonDay(at);
  for (const [index, { organisation, jobRole, activities }] of roles.entries()) {
    const roleProfile = await nextRoleProfileId(em);
    await insertRoleProfile(em, roleProfile, { person, organisation, position: null, jobRole, activities, startsOn, endsOn: null });
    if (roleEndsSoon && index === roles.length - 1)
      await em.execute(`update role_profile set ends_on = :startsOn, ends_at = :endsAt where id = :roleProfile`, {
        roleProfile,
        startsOn,
        endsAt: new Date(at.getTime() + soonMinutes * 60_000),
      });
  }
}

/** They have what they sign in with. Again is nothing new. */
export async function recordSandboxPersonReady(em: EntityManager, cause: Cause, row: SandboxPersonRow): Promise<void> {
  const changed = await em.nativeUpdate(SandboxPersonRow, { person: row.person, readyAt: null }, { readyAt: cause.at });
  if (changed > 0) await auditTestPerson(em, cause, 'equip', row, { method: row.method });
}

/** A link by which whoever has it registers a security key. The one before is good for nothing. */
export async function recordTestLink(
  em: EntityManager,
  cause: Cause,
  { person, organisation }: Pick<SandboxPersonRow, 'person' | 'organisation'>,
  key: Uint8Array,
): Promise<void> {
  const secret = newSecret();
  const link = { secret, person, organisation, kind: 'sandbox' as const, goodForMs: linkGoodForMs };
  await recordEnrolmentLink(em, { ...cause, id: `${cause.id}/link` }, link);
  await em.nativeUpdate(SandboxPersonRow, { person }, { sealed: sealedIn(key, person, { link: secret }) });
}

export const auditTestPerson = (
  em: EntityManager,
  cause: Cause,
  what: string,
  { person, organisation }: Pick<SandboxPersonRow, 'person' | 'organisation'>,
  detail: Record<string, string> = {},
) => recordAudit(em, cause, { what: `sandbox-person.${what}`, subjectKind: 'person', subjectId: person, organisation, detail });
