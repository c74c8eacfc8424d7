/** What applicants see of their own application, and staff of those of their organisations. */
import { z } from 'zod';
import {
  answersOf,
  type ApplicationRow,
  asApplication,
  findApplication,
  getOwnApplication,
  nameOf,
} from '../db/application/application.ts';
import { countApplications, listed, type Listed } from '../db/application/application-list.ts';
import { asDraft, type DocumentRow, documentsOf, isSentPhoto, isStaged } from '../db/application/evidence.ts';
import { InvitationRow } from '../db/application/invitation.ts';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { namesOf } from '../db/person/person.ts';
import { findPhoto, storedOf } from '../db/application/photo.ts';
import { openQuestions, usuallyMissing } from '../domain/application-answers.ts';
import { allowedActions, referenceInWords, type State, states } from '../domain/application.ts';
import { kindOf } from '../domain/document-type.ts';
import { may } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { findOwnDocument } from './application-evidence.ts';
import { findOwn } from './application.ts';
import { list, query } from './query.ts';

/** The caller's own application, if they have one. Names no checker, no duplicate and no reason of a checker's. */
export const showOwn = query({
  name: 'application.own',
  permission: 'application.start',
  params: z.object({}),
  input: z.object({}),
  async find(em, _params, { kind, id }) {
    const row = kind === 'applicant' ? await getOwnApplication(em, id) : null;
    return { organisation: '', row, isSignedIn: kind === 'person' };
  },
  async run({ em, subject: { row, isSignedIn }, retentionTerms }) {
    if (!row) return { isSignedIn, own: null, retentionTerms };
    const { organisationName } = await findOrganisation(em, row.organisation);
    const documents = await documentsOf(em, row.id);
    return { isSignedIn, retentionTerms, own: { ...ownView(row, documents), organisationName } };
  },
});
export type OwnAnswer = Awaited<ReturnType<typeof showOwn.perform>>;

function ownView(row: ApplicationRow, documents: DocumentRow[]) {
  const { reference, state, asked, submittedAt, changedAt } = row;
  const answers = answersOf(row);
  const drafts = documents.map(asDraft);
  return {
    reference: referenceInWords(reference),
    state,
    asked: asked ?? null,
    submittedAt: submittedAt ?? null,
    changedAt,
    answers,
    photo: row.stagedPhoto ?? row.photo ?? null,
    stagedPhoto: row.stagedPhoto ?? null,
    documents: documents.map(documentView),
    open: openQuestions(answers, drafts),
    usuallyMissing: usuallyMissing(documents.map(({ type }) => type)),
    isStaged: isStaged(row, documents),
  };
}

const documentView = (row: DocumentRow) => {
  const { id, type, number, issuer, issuedOn, expiresOn, described, photos, sentAt, replaces } = row;
  const kind = kindOf(type);
  const given = { number: number ?? null, issuer: issuer ?? null, issuedOn: issuedOn ?? null, expiresOn: expiresOn ?? null };
  return { id, type, kind, words: kind.words, ...given, described, photos, isSent: Boolean(sentAt), replaces: replaces ?? null };
};
export type DocumentView = ReturnType<typeof documentView>;

/** One document that is not sent in yet. */
export const showDocument = query({
  name: 'application.document',
  permission: 'application.change',
  params: z.object({ document: z.uuid() }),
  input: z.object({}),
  find: findOwnDocument,
  run: async ({ subject: { document } }) => documentView(document),
});

const photoParams = z.object({ photo: z.uuid() });

/** A photograph of the caller's own application, sent in or not. */
export const showOwnPhoto = query({
  name: 'application.own-photo',
  permission: 'application.change',
  params: photoParams,
  input: z.object({}),
  async find(em, { photo }, caller) {
    const own = await findOwn(em, {}, caller);
    const row = await findPhoto(em, photo);
    if (row.application !== own.row.id) throw nothingHere();
    return { organisation: own.organisation, application: own.application, row };
  },
  run: async ({ subject: { row }, photos }) => Buffer.from(await photos.read(row.id, storedOf(row))),
});

/** A photograph that was sent in, to those who see identity details. */
export const showPhoto = query({
  name: 'application.photo',
  permission: 'person.read-identity',
  params: photoParams,
  input: z.object({}),
  async find(em, { photo }) {
    const row = await findPhoto(em, photo);
    if (!row.application || !(await isSentPhoto(em, row.application, photo))) throw nothingHere();
    return { ...(await findApplication(em, row.application)), row };
  },
  run: async ({ subject: { row }, photos }) => Buffer.from(await photos.read(row.id, storedOf(row))),
});

/** One application, as those see it who may say that the person is expected, and those who check identities. */
export const showApplication = query({
  name: 'application.show',
  permission: 'application.read',
  params: z.object({ id: z.uuid() }),
  input: z.object({}),
  find: (em, { id }) => findApplication(em, id),
  async run({ em, actor, subject: { row, organisation, organisationName } }) {
    const seesIdentity = may(actor, 'person.read-identity', { organisation });
    const documents = seesIdentity ? (await documentsOf(em, row.id)).filter(({ sentAt }) => sentAt) : [];
    const { id, reference, email, mobile, job, submittedAt, expectedBy, expectedAt, changedBy } = row;
    const invitation = row.invitation ? await em.findOne(InvitationRow, { id: row.invitation, kind: 'person' }) : null;
    const names = await namesOf(
      em,
      [expectedBy, changedBy, invitation?.madeBy].flatMap((each) => each ?? []),
    );
    return {
      ...asApplication(row),
      organisationName,
      reference: referenceInWords(reference),
      name: nameOf(row),
      job: job ?? null,
      email: email ?? null,
      mobile: mobile ?? null,
      submittedAt: submittedAt ?? null,
      expectedBy: (expectedBy && names[expectedBy]) ?? null,
      expectedAt: expectedAt ?? null,
      changedByName: names[changedBy] ?? null,
      invitedBy: (invitation && names[invitation.madeBy]) ?? null,
      invitedEmail: invitation?.email ?? null,
      identity: seesIdentity ? { dateOfBirth: row.dateOfBirth ?? null, documents: documents.map(documentView) } : null,
      actions: allowedActions({ ...asApplication(row), organisationName, application: id }, actor),
    };
  },
});

const cursor = z
  .string()
  .regex(/^[\w-]+$/)
  .max(200)
  .optional();

/** Applications of every organisation where the caller may see them: those sent in, the longest waiting first. */
export const listApplications = list({
  name: 'application.list',
  permission: 'application.read',
  params: z.object({}),
  input: z.object({
    state: z.enum(states.filter((state) => state !== 'draft') as [State, ...State[]]).optional(),
    organisation: z.string().max(10).optional(),
    after: cursor,
  }),
  async run({ em, organisations, input: { state, organisation, after } }): Promise<ApplicationList> {
    const among = organisation ? organisations.filter((code) => code === organisation) : organisations;
    const [page, counts] = await Promise.all([
      listed(em, { organisations: among, state, after, limit: 25 }),
      countApplications(em.fork(), among),
    ]);
    const invitedBy = page.applications.flatMap((each) => each.invitedBy ?? []);
    return { ...page, counts, names: await namesOf(em, invitedBy), organisations: await organisationNames(em, organisations) };
  },
});
export interface ApplicationList {
  applications: Listed[];
  /** Where the next page begins; null on the last. */
  next: string | null;
  counts: Partial<Record<State, number>>;
  /** Of those who invited, by id. */
  names: Record<string, string>;
  /** Where the caller sees applications. */
  organisations: Array<{ code: string; name: string }>;
}
