/** Making test people, and what is done with them. All of it is audited by db/sandbox/. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { isBegun, once } from '../db/idempotency.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { findPerson } from '../db/person/person.ts';
import { recordTestAct, recordTestRoleEnded } from '../db/sandbox/sandbox-act.ts';
import { roleChoices, unknownCodes } from '../db/sandbox/sandbox-list.ts';
import { findSandboxPerson, type MadeTestPerson } from '../db/sandbox/sandbox-person.ts';
import { atOrganisation } from '../domain/organisation-code.ts';
import { Refusal } from '../domain/refusal.ts';
import {
  choosing,
  isBackOfficeCode,
  mostTestRoles,
  testActNames,
  testMethodNames,
  testNameKinds,
  type TestRole,
  testRoles,
} from '../domain/sandbox.ts';
import { makeTestPerson as makingUpdate, sandboxPerson } from '../workflows/sandbox-person.ts';
import { causeOf, command, type Outcome, uuidFrom } from './command.ts';
import { findTestPerson, needSandbox, ofTestPerson } from './sandbox.ts';
import { begin } from './update.ts';

const code = /^[A-Z0-9]{3,10}$/;
/** Its codes are judged with the whole list, since a form has one field for it. */
const chosenRole = z.strictObject({ organisation: z.string(), job_role: z.string(), activities: z.array(z.string()).max(30).default([]) });
const chosenWords = 'Enter the code of an organisation and of a job role on each line, such as A81001 R8000';

const asked = z
  .strictObject({
    names: z.enum(testNameKinds, 'Select what kind of name it is'),
    level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)], 'Select how far their identity was checked'),
    method: z.enum(testMethodNames, 'Select how they sign in'),
    /** At random from what is loaded, so many; or these. */
    roles: z.enum(['random', 'chosen'], 'Select which roles they hold').default('random'),
    count: z
      .int(`Enter how many roles, from 0 to ${mostTestRoles}`)
      .min(0, `Enter how many roles, from 0 to ${mostTestRoles}`)
      .max(mostTestRoles, `Enter how many roles, from 0 to ${mostTestRoles}`)
      .optional(),
    chosen: z.array(chosenRole).max(mostTestRoles, `Enter ${mostTestRoles} roles or fewer`).optional(),
    has_email: z.boolean().default(true),
    is_suspended: z.boolean().default(false),
    role_ends_soon: z.boolean().default(false),
  })
  .superRefine((given, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (given.roles === 'random' && given.count === undefined) issue('count', `Enter how many roles, from 0 to ${mostTestRoles}`);
    if (given.roles === 'chosen' && !given.chosen?.length) issue('chosen', 'Enter the roles, one a line');
    const wrong = given.chosen?.some((role) => [role.organisation, role.job_role, ...role.activities].some((each) => !code.test(each)));
    if (given.roles === 'chosen' && wrong) issue('chosen', chosenWords);
    const none = given.roles === 'random' ? given.count === 0 : !given.chosen?.length;
    if (given.role_ends_soon && none) issue('role_ends_soon', 'Only somebody who holds a role can lose one');
  });

/** Makes a test person, who can be signed in as once what they sign in with is made: a second or two later. */
export const makeTestPerson = command({
  name: 'sandbox.make',
  permission: 'sandbox.use',
  params: atOrganisation,
  input: asked,
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ input, ...asking }): Promise<Outcome<MadeTestPerson>> {
    const { em, actor, caller, key, subject } = asking;
    const sandbox = needSandbox(asking);
    if (input.method === 'card' && !sandbox.hasDrawer)
      throw new Refusal('INVALID', 'There is no drawer of software cards here. Select another way to sign in', { method: 'none' });
    const id = uuidFrom(key);
    const roles = await rolesAsked(em, id, input, await isBegun(em, key));
    const { names, level, method, has_email: hasEmail, is_suspended: isSuspended, role_ends_soon: roleEndsSoon } = input;
    const made = { id, organisation: subject.organisation, names, level, method, roles, hasEmail, isSuspended, roleEndsSoon };
    return begin(
      asking,
      {
        workflow: sandboxPerson,
        workflowId: `sandbox-person/${id}`,
        args: [id, null],
        submit: makingUpdate,
        sent: [{ who: actor.id, via: caller.via, bodyHash: key.bodyHash }, made],
      },
      async () => {
        await findSandboxPerson(em, id);
        return { id, careId: (await findPerson(em, id)).careId };
      },
    );
  },
});

async function rolesAsked(em: EntityManager, id: string, { roles, count = 0, chosen = [] }: z.output<typeof asked>, begun: boolean) {
  if (roles === 'random') {
    const { organisations, jobRoles, activities } = await roleChoices(em);
    const codes = (each: ReadonlyArray<{ code: string }>) => each.map((one) => one.code);
    const from = { organisations: codes(organisations), jobRoles: codes(jobRoles), activities: codes(activities) };
    return testRoles(count, from, choosing(`roles of ${id}`));
  }
  const wanted: TestRole[] = chosen.map(({ organisation, job_role: jobRole, activities }) => ({ organisation, jobRole, activities }));
  if (!begun) await refuseRoles(em, wanted);
  return wanted;
}

/** @throws {Refusal} INVALID, at its field */
async function refuseRoles(em: EntityManager, roles: readonly TestRole[]): Promise<void> {
  const codes = roles.flatMap(({ jobRole, activities }) => [jobRole, ...activities]);
  const inside = codes.find(isBackOfficeCode);
  if (inside)
    throw new Refusal('INVALID', `${inside} opens pages of this service, so a test person cannot have it. Choose another`, {
      chosen: inside,
    });
  const [unknown] = await unknownCodes(em, { organisations: roles.map(({ organisation }) => organisation), codes });
  if (unknown) throw new Refusal('INVALID', `${unknown} is not loaded here. Choose a code from the lists`, { chosen: unknown });
}

const acting = { permission: 'sandbox.use', params: ofTestPerson, find: findTestPerson } as const;

/** Suspends, opens, closes, cancels the card, ends sign-ins, keeps on or removes: whoever is signed in as them is told as in earnest. */
export const actOnTestPerson = command({
  ...acting,
  name: 'sandbox.act',
  input: z.strictObject({ act: z.enum(testActNames) }),
  async run({ em, input: { act }, sealingKey, ...asking }) {
    needSandbox(asking);
    const { person } = asking.subject.row;
    const cause = causeOf(`sandbox.${act}`, asking, null);
    const answer = await once(em, asking.key, async (tx) => {
      await recordTestAct(tx, cause, { person, act }, sealingKey);
      return { id: person, act };
    });
    return { is: 'saved', answer };
  },
});

/** Ends one of their roles at once, and what was begun with it. */
export const endTestRole = command({
  ...acting,
  name: 'sandbox.end-role',
  input: z.strictObject({ role: z.string().regex(/^\d{12}$/) }),
  async run({ em, input: { role: roleProfile }, ...asking }) {
    needSandbox(asking);
    const { person } = asking.subject.row;
    const cause = causeOf('sandbox.end-role', asking, null);
    const answer = await once(em, asking.key, async (tx) => {
      await recordTestRoleEnded(tx, cause, { person, roleProfile });
      return { id: person, role: roleProfile };
    });
    return { is: 'saved', answer };
  },
});
