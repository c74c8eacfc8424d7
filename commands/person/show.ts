import { z } from 'zod';
import { openIssueOf } from '../../db/smartcard/card-issue.ts';
import { namesOf, titledName } from '../../db/person/person.ts';
import { requestsFor } from '../../db/position-request/position-request-list.ts';
import { isRenewalOpen } from '../../db/smartcard/renewal.ts';
import { heldPositions } from '../../db/position-request/role-profile.ts';
import { smartcardsOf } from '../../db/smartcard/smartcard.ts';
import { isTestPerson } from '../../db/sandbox/sandbox-person.ts';
import type { Permission } from '../../domain/permission.ts';
import type { Caller } from '../caller.ts';
import { shownMemberships } from '../professional-membership.ts';
import { query } from '../query.ts';
import { findPersonSeenBy, mayAnywhere, type SeenPerson, whereBothAnd } from './sight.ts';
import { stepsFrom } from './state.ts';

type Em = Parameters<typeof findPersonSeenBy>[0];

/** A person, as far as the caller may see: contact and identity details only where a role of theirs says so. */
export const showPerson = query({
  name: 'person.show',
  permission: 'person.read',
  params: z.object({ person: z.uuid() }),
  input: z.object({}),
  find: (em, { person }, caller) => findPersonSeenBy(em, person, caller),
  run: async ({ em, caller, subject }) => {
    const places = subject.shared.map(({ organisation }) => organisation);
    const changesState = caller.id !== subject.person && mayAt(subject, caller, 'person.change-state');
    const readRequestsAt = whereBothAnd(subject, caller, 'position-request.read');
    const isTest = await isTestPerson(em, subject.person);
    const isOther = caller.id !== subject.person && !isTest;
    return {
      ...detailsOf(subject, caller),
      isTest,
      checkedByName: await checkedByName(em, subject, caller),
      positions: await heldPositions(em, subject.person, caller.id === subject.person ? null : places),
      requests: await requestsFor(em, subject.person, readRequestsAt),
      smartcards: await cardsOf(em, subject.person),
      cardIssue: await openCardIssue(em, subject, caller),
      /** Null for whoever may not see them. */
      memberships: mayAnywhere(subject, caller, 'professional-membership.read') ? await shownMemberships(em, subject.person) : null,
      may: {
        ask: isOther && mayAnywhere(subject, caller, 'position-request.submit'),
        readRequests: readRequestsAt.length > 0,
        signIns: changesState && mayAt(subject, caller, 'sign-in.read'),
        steps: changesState ? stepsFrom(subject.row.state) : [],
        enrol: isOther && mayAnywhere(subject, caller, 'enrolment.start'),
        changeMemberships: caller.id !== subject.person && mayAnywhere(subject, caller, 'professional-membership.change'),
        issueCard: isOther && mayAnywhere(subject, caller, 'card-issue.start'),
      },
    };
  },
});

/** One's own details, positions and cards, whatever one's roles. */
export const showMe = query({
  name: 'person.me',
  permission: 'person.read',
  params: z.object({}),
  input: z.object({}),
  find: (em, _params, caller) => findPersonSeenBy(em, caller.id, caller),
  run: async ({ em, caller, subject }) => ({
    ...detailsOf(subject, caller),
    positions: await heldPositions(em, subject.person, null),
    smartcards: await cardsOf(em, subject.person),
    memberships: await shownMemberships(em, subject.person),
    mayRenew: await isRenewalOpen(em, subject.person),
  }),
});

function detailsOf(seen: SeenPerson, caller: Caller) {
  const { row } = seen;
  const seesIdentity = mayAnywhere(seen, caller, 'person.read-identity');
  return {
    id: row.id,
    careId: row.careId,
    state: row.state,
    name: titledName(row),
    cardName: row.cardName ?? null,
    organisation: seen.organisation,
    organisationName: seen.organisationName,
    identityAssuranceLevel: row.identityAssuranceLevel,
    /** Null for whoever may not see it. */
    contact: seesIdentity ? { email: row.email ?? null, mobile: row.mobile ?? null } : null,
    identity: seesIdentity
      ? {
          dateOfBirth: row.dateOfBirth,
          nationalInsuranceNumber: row.nationalInsuranceNumber ?? null,
          gpg45Profile: row.gpg45Profile ?? null,
          checkedBy: row.checkedBy ?? null,
        }
      : null,
  };
}

/** Whether the caller may where the person is registered. */
const mayAt = (seen: SeenPerson, caller: Caller, permission: Permission): boolean =>
  whereBothAnd(seen, caller, permission).includes(seen.row.organisation);

async function checkedByName(em: Em, seen: SeenPerson, caller: Caller): Promise<string | null> {
  const { checkedBy } = seen.row;
  if (!checkedBy || !mayAnywhere(seen, caller, 'person.read-identity')) return null;
  return (await namesOf(em, [checkedBy]))[checkedBy] ?? null;
}

/** The card that is being issued to them; its id only for whoever may see it. */
async function openCardIssue(em: Em, seen: SeenPerson, caller: Caller): Promise<{ id: string | null } | null> {
  const open = await openIssueOf(em, seen.person);
  return open && { id: whereBothAnd(seen, caller, 'card-issue.read').includes(open.organisation) ? open.id : null };
}

const cardsOf = async (em: Em, person: string) =>
  (await smartcardsOf(em, person)).map(({ id, serial, state, issuedAt, endedAt }) => ({
    id,
    serial,
    state,
    issuedAt: issuedAt ?? null,
    endedAt: endedAt ?? null,
  }));
