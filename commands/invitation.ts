/** The ways in: invitations to one person, and the link that an employer gives out. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { once } from '../db/idempotency.ts';
import {
  getEmployerLink,
  InvitationRow,
  openInvitations,
  recordEmployerLink,
  recordInvitation,
  recordInvitationEnded,
} from '../db/application/invitation.ts';
import { type Hidden, recordMail, sealedFor } from '../db/mail/mail.ts';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { namesOf } from '../db/person/person.ts';
import { seal } from '../db/seal.ts';
import { newSecret } from '../db/secret.ts';
import { atOrganisation } from '../domain/organisation-code.ts';
import { nothingHere } from '../domain/refusal.ts';
import { emailAddress, jobWords } from './application-draft.ts';
import { causeOf, command, uuidFrom } from './command.ts';
import { list, query } from './query.ts';

const goodForMs = 30 * 24 * 60 * 60 * 1000;

/** Invites one person, by e-mail. Nothing is known of them but the address: who they are, they say themselves. */
export const invite = command({
  name: 'invitation.send',
  permission: 'invitation.send',
  params: atOrganisation,
  input: z.object({ email: emailAddress, job: jobWords.optional() }).strict(),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ em, ...asking }) {
    const { organisation } = asking.subject;
    const { email, job = null } = asking.input;
    const id = uuidFrom(asking.key);
    const cause = causeOf('invitation.send', asking, null);
    const secret = newSecret();
    const expiresAt = new Date(cause.at.getTime() + goodForMs);
    const answer = await once(em, asking.key, async (tx) => {
      await recordInvitation(tx, { id, organisation, email, job, secret, expiresAt }, cause);
      const letter = {
        to: { kind: 'invitation' as const, id },
        template: 'invitation' as const,
        about: { kind: 'invitation', id },
        organisation,
      };
      const sealed = seal(asking.sealingKey, sealedFor, JSON.stringify({ link: secret } satisfies Hidden));
      await recordMail(tx, { ...letter, data: { expiresAt: expiresAt.toISOString() }, sealed, uselessAt: expiresAt }, cause);
      return { id, expiresAt: expiresAt.toISOString() };
    });
    return { is: 'saved', answer };
  },
});

/** @throws {Refusal} NOT_FOUND */
async function findInvitation(em: EntityManager, { id }: { id: string }) {
  const row = await em.findOne(InvitationRow, { id, kind: 'person' }, { refresh: true });
  if (!row) throw nothingHere();
  return { ...(await findOrganisation(em, row.organisation)), row };
}

/** One person's invitation, and whether it can still be used. */
export const showInvitation = query({
  name: 'invitation.show',
  permission: 'invitation.send',
  params: z.object({ id: z.uuid() }),
  input: z.object({}),
  find: findInvitation,
  run: async ({ subject: { organisation, organisationName, row } }) => ({
    organisation,
    organisationName,
    id: row.id,
    email: row.email ?? '',
    isOver: Boolean(row.endedAt ?? row.usedAt),
  }),
});

export const cancelInvitation = command({
  name: 'invitation.cancel',
  permission: 'invitation.send',
  params: z.object({ id: z.uuid() }),
  input: z.object({}).strict(),
  find: findInvitation,
  async run({ em, ...asking }) {
    const { row } = asking.subject;
    const answer = await once(em, asking.key, async (tx) => {
      await recordInvitationEnded(tx, row, causeOf('invitation.cancel', asking, null));
      return { id: row.id, organisation: row.organisation };
    });
    return { is: 'saved', answer };
  },
});

/** Makes the organisation's link, or another in its place: then the one before begins nothing more. */
export const makeEmployerLink = command({
  name: 'employer-link.make',
  permission: 'invitation.send',
  params: atOrganisation,
  input: z.object({}).strict(),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ em, ...asking }) {
    const { organisation } = asking.subject;
    const link = { id: uuidFrom(asking.key), organisation };
    const answer = await once(em, asking.key, async (tx) => {
      await recordEmployerLink(tx, asking.sealingKey, link, causeOf('employer-link.make', asking, null));
      return { organisation };
    });
    return { is: 'saved', answer };
  },
});

/** The link to give out, and the invitations that nobody has used yet. */
export const showInvitations = query({
  name: 'invitation.of-organisation',
  permission: 'invitation.send',
  params: atOrganisation,
  input: z.object({}),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ em, subject: { organisation, organisationName }, sealingKey }) {
    const [link, invitations] = [await getEmployerLink(em, sealingKey, organisation), await openInvitations(em, [organisation], 200)];
    const names = await namesOf(em, invitations.map(({ madeBy }) => madeBy)); // prettier-ignore
    return {
      organisation,
      organisationName,
      employerLink: link && `/apply/invitation/${link}`,
      invitations: invitations.map(({ id, email, job, madeAt, madeBy, expiresAt }) => ({
        id,
        email: email ?? '',
        job: job ?? null,
        madeAt,
        madeBy: names[madeBy] ?? madeBy,
        expiresAt: expiresAt ?? null,
      })),
    };
  },
});

/** Where the caller may invite people. */
export const whereToInvite = list({
  name: 'invitation.organisations',
  permission: 'invitation.send',
  params: z.object({}),
  input: z.object({}),
  run: async ({ em, organisations }) => ({ organisations: await organisationNames(em, organisations) }),
});
