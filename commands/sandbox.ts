/** Test people of the sandbox, as whoever made them reads them: the list, one with everything to sign in as them, and what a system would be told. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { findPerson, fullName, namesOf, titledName } from '../db/person/person.ts';
import { testPersonNow } from '../db/sandbox/sandbox-act.ts';
import { listedTestPeople, roleChoices } from '../db/sandbox/sandbox-list.ts';
import { findSandboxPerson, type SandboxPersonRow, secretsOf } from '../db/sandbox/sandbox-person.ts';
import { authenticatorsOf } from '../db/sign-in/authenticator.ts';
import { claimsOf } from '../db/sign-in/claims.ts';
import { accessEnds, liveSignInsOf } from '../db/sign-in/sign-in-list.ts';
import { base32, codeOfStep, stepAt, stepSeconds, totpUri } from '../db/sign-in/totp.ts';
import { smartcardsOf } from '../db/smartcard/smartcard.ts';
import { liveRolesOf } from '../db/position-request/role.ts';
import { RoleProfileRow } from '../db/position-request/role-profile.ts';
import { atOrganisation } from '../domain/organisation-code.ts';
import { nothingHere } from '../domain/refusal.ts';
import { mayAct, testActNames, testActs, type TestMethod, testMethods, warnedActs } from '../domain/sandbox.ts';
import { endInWords, methodInWords, tellingWords } from '../domain/sign-in-ends.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { list, query } from './query.ts';

export const ofTestPerson = z.object({ person: z.uuid() });
const use = { permission: 'sandbox.use' } as const;

/** @throws {Refusal} NOT_FOUND where there are no test people: in production */
export function needSandbox({ sandbox }: Pick<Deps, 'sandbox'>): NonNullable<Deps['sandbox']> {
  if (!sandbox) throw nothingHere();
  return sandbox;
}

export interface TestPersonSubject {
  organisation: string;
  organisationName: string;
  row: SandboxPersonRow;
}

/** @throws {Refusal} NOT_FOUND */
export async function findTestPerson(em: EntityManager, { person }: z.output<typeof ofTestPerson>): Promise<TestPersonSubject> {
  const row = await findSandboxPerson(em, person);
  return { ...(await findOrganisation(em, row.organisation)), row };
}

const pageSize = 25;

/** Test people of the caller's organisations, the newest first. */
export const listTestPeople = list({
  ...use,
  name: 'sandbox.list',
  params: z.object({}),
  input: z.strictObject({
    text: z.string().trim().max(100).optional(),
    mine: z.literal('yes').optional(),
    after: z.uuid().optional(),
    // What the page says was just done.
    done: z.string().max(20).optional(),
  }),
  async run({ em, organisations, caller, input: { text, mine, after }, ...deps }) {
    needSandbox(deps);
    const found = await listedTestPeople(em, {
      organisations,
      text: text || undefined,
      madeBy: mine && caller.id,
      after,
      limit: pageSize + 1,
    });
    const shown = found.people.slice(0, pageSize);
    return {
      count: found.count,
      people: shown.map((each) => ({ ...each, methodWords: methodWords(each.method) })),
      next: found.people.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

const methodWords = (method: TestMethod): string => testMethods[method].words;

/** Where the caller may make them. */
export const whereToMakeTestPeople = list({
  ...use,
  name: 'sandbox.organisations',
  params: z.object({}),
  input: z.object({}),
  async run({ em, organisations, ...deps }) {
    needSandbox(deps);
    return { organisations: await organisationNames(em, organisations) };
  },
});

/** What one can be made of. */
export const testPersonForm = query({
  ...use,
  name: 'sandbox.form',
  params: atOrganisation,
  input: z.object({}),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ em, subject, ...deps }) {
    const { hasDrawer } = needSandbox(deps);
    return { ...subject, hasDrawer, choices: await roleChoices(em) };
  },
});

/** Every scope that tells something. */
export const allScopes =
  'openid profile email nhsperson nationalrbacaccess associatedorgs professionalmemberships organisationalmemberships selectedrole';

/** Everything needed to sign in as one of them, and what a system is then told. */
export const showTestPerson = query({
  ...use,
  name: 'sandbox.show',
  params: ofTestPerson,
  // The role that is chosen at sign-in: its id.
  input: z.object({ role: z.string().max(12).optional(), done: z.string().max(20).optional() }),
  find: findTestPerson,
  async run({ em, subject: { row, organisation, organisationName }, input, sealingKey, ...deps }) {
    const { authenticationUrl } = needSandbox(deps);
    const person = await findPerson(em, row.person);
    const [roles, cards, authenticators] = [
      await liveRolesOf(em, row.person),
      await smartcardsOf(em, row.person),
      await authenticatorsOf(em, row.person),
    ];
    const level = authenticators[0]?.level ?? testMethods[row.method].level;
    const now = await testPersonNow(em, row);
    const [only, ...others] = roles;
    const chosen = input.role ?? (only && others.length === 0 ? only.id : null);
    const role = roles.find(({ id }) => id === chosen);
    const told = {
      person: person.id,
      careId: person.careId,
      identityAssuranceLevel: person.identityAssuranceLevel,
      level,
      title: person.title ?? null,
      givenNames: person.givenNames ?? null,
      familyName: person.familyName,
      email: person.email ?? null,
      roleProfile: role?.id ?? null,
      roleOrganisation: role?.organisation ?? null,
      roleJob: role?.jobRole ?? null,
    };
    const ends = await accessEnds(em, { organisations: [person.organisation], person: person.id, limit: 5 });
    return {
      id: person.id,
      careId: person.careId,
      name: titledName(person),
      state: person.state,
      email: person.email ?? null,
      dateOfBirth: person.dateOfBirth,
      identityAssuranceLevel: person.identityAssuranceLevel,
      organisation,
      organisationName,
      madeAt: row.madeAt,
      madeBy: (await namesOf(em, [row.madeBy]))[row.madeBy] ?? null,
      expiresAt: row.expiresAt,
      isReady: now.isReady,
      method: row.method,
      methodWords: methodWords(row.method),
      /** Of a sign-in. */
      level,
      secrets: shownSecrets(secretsOf(sealingKey, row), { careId: person.careId, authenticationUrl, at: new Date() }),
      cards: cards.map(({ serial, state }) => ({ serial, state })),
      authenticators: authenticators.map(({ id, name, kind, level: each }) => ({ id, name, kind, level: each })),
      roles: await withEnds(em, roles),
      /** Of the roles, that which the claims are shown for. */
      chosen,
      claims: await claimsOf(em, told, { scope: allScopes }),
      scope: allScopes,
      signIns: (await liveSignInsOf(em, person.id)).map((each) => ({ ...each, methodWords: methodInWords(each.method) })),
      ends: ends.ends.map(({ endedAt, reason, systems }) => ({
        endedAt,
        reasonWords: endInWords(reason),
        systems: systems.map(({ name, answer, seconds }) => ({ name, answerWords: tellingWords[answer], seconds })),
      })),
      acts: testActNames
        .filter((act) => mayAct(now, act))
        .map((act) => ({ act, words: testActs[act].words, isWarned: warnedActs.includes(act) })),
    };
  },
});

async function withEnds(em: EntityManager, roles: Awaited<ReturnType<typeof liveRolesOf>>) {
  const rows = await em.find(RoleProfileRow, { id: { $in: roles.map(({ id }) => id) } }, { fields: ['endsAt'], refresh: true });
  const ends = new Map(rows.map(({ id, endsAt }) => [id, endsAt ?? null]));
  return roles.map(({ id, organisation, organisationName, jobRole, jobRoleName, activityNames }) => ({
    id,
    organisation,
    organisationName,
    jobRole,
    jobRoleName,
    activityNames,
    endsAt: ends.get(id) ?? null,
  }));
}

/** What is kept sealed, as somebody types it. The code of the app is that of this moment. */
function shownSecrets(
  { passcode, password, totp, link }: ReturnType<typeof secretsOf>,
  { careId, authenticationUrl, at }: { careId: string; authenticationUrl: string; at: Date },
) {
  const secret = totp && Buffer.from(totp, 'base64');
  const step = stepAt(at);
  return {
    passcode: passcode ?? null,
    password: password ?? null,
    app: secret
      ? {
          secret: base32(secret),
          uri: totpUri(secret, careId),
          code: codeOfStep(secret, step),
          codeUntil: new Date((step + 1) * stepSeconds * 1000).toISOString(),
        }
      : null,
    link: link ? `${authenticationUrl}/enrol/${link}` : null,
  };
}

/** What an act that cannot be undone would do, before it is done. */
export const previewTestAct = query({
  ...use,
  name: 'sandbox.preview-act',
  params: ofTestPerson.extend({ act: z.enum(warnedActs) }),
  input: z.object({}),
  find: async (em: EntityManager, { act, ...params }: { person: string; act: (typeof warnedActs)[number] }, _caller: Caller) => ({
    ...(await findTestPerson(em, params)),
    act,
  }),
  async run({ em, subject: { row, act }, ...deps }) {
    needSandbox(deps);
    const person = await findPerson(em, row.person);
    const { words, ...more } = testActs[act];
    return {
      id: person.id,
      name: fullName(person),
      careId: person.careId,
      act,
      words,
      warning: 'warning' in more ? more.warning : '',
      may: mayAct(await testPersonNow(em, row), act),
    };
  },
});
