/** Pages of the journey that are about nobody in particular, and leaving it. */
import { z } from 'zod';
import { recordVisit } from '../db/application/applicant-visit.ts';
import { getOwnApplication } from '../db/application/application.ts';
import { findWayIn } from '../db/application/invitation.ts';
import { newSecret } from '../db/secret.ts';
import { asApplicantToken } from '../domain/applicant-visit.ts';
import { referenceInWords } from '../domain/application.ts';
import { linkParams } from './application-draft.ts';
import { command } from './command.ts';
import { query } from './query.ts';

const nobodys = { params: z.object({}), find: async () => ({ organisation: '' }) };

export const publicPage = query({
  ...nobodys,
  name: 'page.public',
  permission: 'page.public',
  input: z.object({}),
  run: async ({ caller }) => ({ isSignedIn: caller.kind === 'person' }),
});

/** Where a link leads: which organisation gave it out. @throws {Refusal} EXPIRED */
export const showWayIn = query({
  name: 'application.way-in',
  permission: 'application.start',
  params: linkParams,
  input: z.object({}),
  find: (em, { link }) => findWayIn(em, link, new Date()),
  async run({ em, subject: { organisation, organisationName }, caller, retentionTerms }) {
    const own = caller.kind === 'applicant' ? await getOwnApplication(em, caller.id) : null;
    return {
      organisationName,
      retentionTerms,
      isSignedIn: caller.kind === 'person',
      /** What the caller began or sent in to join this organisation. */
      own: own?.organisation === organisation ? { reference: referenceInWords(own.reference), state: own.state } : null,
    };
  },
});

/** Begins a visit without a browser: with a token, that speaks for no application yet. It is in this answer and nowhere else. */
export const beginVisit = command({
  ...nobodys,
  name: 'application.begin-visit',
  permission: 'application.start',
  input: z.object({}).strict(),
  uses: 'tokens',
  keyless: true,
  async run({ em }) {
    const secret = newSecret();
    const endsAt = await recordVisit(em, secret, new Date());
    return { is: 'saved', answer: { token: asApplicantToken(secret), endsAt } };
  },
});

/** Ends the visit, and changes nothing that is kept: the edge forgets whom this browser speaks for. */
export const leave = command({
  ...nobodys,
  name: 'application.leave',
  permission: 'application.start',
  input: z.object({}).strict(),
  run: async () => ({ is: 'saved', answer: {} }),
});
