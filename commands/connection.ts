/** What integration staff read of connected systems: the list, one with all that is known of it, a change beside what stands. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { activityOf, signedInAt } from '../db/client/client-activity.ts';
import { keysOf, secretsOfClient } from '../db/client/client-key.ts';
import { countClients, pageOfClients } from '../db/client/client-list.ts';
import {
  askedChange,
  ClientChangeRow,
  clientEnvironments,
  type ClientRow,
  clientStates,
  decidedChanges,
  findClient,
} from '../db/client/client.ts';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { namesOf } from '../db/person/person.ts';
import { type Ending, settingsInWords, sideBySide, soonEnding } from '../domain/client-words.ts';
import { instantInLondon } from '../domain/days.ts';
import { atOrganisation } from '../domain/organisation-code.ts';
import { may } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { registeredIn } from './connection-form.ts';
import { list, query } from './query.ts';

const clientId = z.string().regex(/^[\w.-]{1,80}$/);
export const connectionParams = z.object({ id: clientId });
export const changeParams = connectionParams.extend({ change: z.uuid() });
const nothing = z.object({}).strict();

export interface ConnectionSubject {
  organisation: string;
  organisationName: string;
  row: ClientRow;
}

/** @throws {Refusal} NOT_FOUND */
export async function findConnection(em: EntityManager, { id }: z.output<typeof connectionParams>): Promise<ConnectionSubject> {
  const row = await findClient(em, id);
  return { ...(await findOrganisation(em, row.organisation)), row };
}

/** @throws {Refusal} NOT_FOUND */
export async function findChange(em: EntityManager, { id, change }: z.output<typeof changeParams>) {
  const asked = await em.findOne(ClientChangeRow, { id: change, client: id }, { refresh: true });
  if (!asked) throw nothingHere();
  return { ...(await findConnection(em, { id })), asked, asker: asked.askedBy };
}

const pageSize = 25;

/** The connected systems of the caller's organisations, by name; with counts over all of them. */
export const listConnections = list({
  name: 'connection.list',
  permission: 'connection.read',
  params: z.object({}),
  input: z
    .object({
      environment: z.enum(clientEnvironments).optional(),
      state: z.enum([...clientStates, 'waiting']).optional(),
      name: z.string().trim().max(100).optional(),
      after: clientId.optional(),
    })
    .strict(),
  async run({ em, organisations, input: { environment, state, name, after } }) {
    const waiting = state === 'waiting';
    const filter = { organisations, environment, name, waiting, state: state === 'waiting' ? undefined : state };
    const [found, matching, counts] = await Promise.all([
      pageOfClients(em.fork(), { ...filter, after, limit: pageSize + 1 }),
      countClients(em.fork(), filter),
      countClients(em.fork(), { organisations }),
    ]);
    const page = found.slice(0, pageSize);
    return {
      connections: page,
      total: matching.reduce((sum, { n }) => sum + n, 0),
      /** Of all, whatever is filtered. */
      counts,
      next: found.length > pageSize ? (page.at(-1)?.id ?? null) : null,
    };
  },
});

/** Where the caller may register one. */
export const whereToConnect = list({
  name: 'connection.organisations',
  permission: 'connection.change',
  params: z.object({}),
  input: z.object({}),
  run: async ({ em, organisations }) => ({ organisations: await organisationNames(em, organisations) }),
});

/** The page on which one is registered. */
export const connectionForm = query({
  name: 'connection.form',
  permission: 'connection.change',
  params: atOrganisation,
  input: nothing,
  find: (em, { organisation }) => findOrganisation(em, organisation),
  run: async ({ subject }) => subject,
});

const activityDays = 7;

/** One system: what it is registered for, what it proves itself with, what waits, and how its last days were. */
export const showConnection = query({
  name: 'connection.show',
  permission: 'connection.read',
  params: connectionParams,
  // `done` is what the page says was just done.
  input: z.object({ done: z.string().max(20).optional() }),
  find: findConnection,
  async run({ em, subject, actor }) {
    const { row, organisation, organisationName } = subject;
    const [keys, secrets, waiting, earlier, activity] = await Promise.all([
      keysOf(em.fork(), row.id),
      secretsOfClient(em.fork(), row.id),
      askedChange(em.fork(), row.id),
      decidedChanges(em.fork(), row.id, 10),
      activityOf(em.fork(), row.id, new Date(Date.now() - activityDays * 86_400_000)),
    ]);
    const proofs = { keys: keys.map(shownKey), secrets: secrets.map(shownSecret) };
    const people = [row.madeBy, row.changedBy, row.approvedBy, waiting?.askedBy, ...[...keys, ...secrets].map(({ addedBy }) => addedBy)];
    return {
      ...factsOf(row),
      organisation,
      organisationName,
      inWords: settingsInWords(row),
      ...proofs,
      soon: soonEnding(endingsOf(row, proofs), new Date()),
      waiting: waiting && shownChange(waiting, actor.id),
      earlier: earlier.map((each) => shownChange(each, actor.id)),
      activity,
      names: await namesOf(
        em,
        [...people, ...earlier.flatMap(({ askedBy, decidedBy }) => [askedBy, decidedBy])].filter((id) => typeof id === 'string'),
      ),
      mayChange: may(actor, 'connection.change', subject),
      mayApprove: may(actor, 'connection.approve', subject),
    };
  },
});

const factsOf = (row: ClientRow) => ({
  id: row.id,
  name: row.settings.client_name,
  state: row.state,
  version: row.version,
  ...registeredIn(row),
  madeBy: row.madeBy,
  madeAt: row.madeAt,
  changedBy: row.changedBy,
  changedAt: row.changedAt,
  approvedBy: row.approvedBy ?? null,
  lastUsedAt: row.lastUsedAt ?? null,
});

type Proof = { notAfter: Date; addedBy: string; addedAt: Date };
const shownProof = ({ notAfter, addedBy, addedAt }: Proof) => ({ notAfter, addedBy, addedAt, isOver: notAfter <= new Date() });
const shownKey = ({ kid, jwk, ...proof }: Proof & { kid: string; jwk: Record<string, unknown> }) => ({
  kid,
  kind: [jwk['kty'], jwk['crv'], jwk['alg']].filter((each) => typeof each === 'string').join(', '),
  ...shownProof(proof),
});
/** Nothing of the secret itself is kept. */
const shownSecret = ({ id, ...proof }: Proof & { id: string }) => ({ id, ...shownProof(proof) });

function endingsOf(
  { settings, reviewOn }: ClientRow,
  { keys, secrets }: { keys: Array<{ kid: string; notAfter: Date }>; secrets: Array<{ id: string; notAfter: Date }> },
): Ending[] {
  const proofs = settings.jwks_uri ? [] : keys.map(({ kid, notAfter }) => ({ what: 'key' as const, id: kid, endsAt: notAfter }));
  return [
    ...proofs,
    ...secrets.map(({ id, notAfter }) => ({ what: 'secret' as const, id, endsAt: notAfter })),
    { what: 'review', id: 'review', endsAt: instantInLondon(reviewOn, '00:00') },
  ];
}

const shownChange = (row: ClientChangeRow, reader: string) => ({
  id: row.id,
  state: row.state,
  widens: row.widens,
  askedBy: row.askedBy,
  askedAt: row.askedAt,
  decidedBy: row.decidedBy ?? null,
  decidedAt: row.decidedAt ?? null,
  reason: row.reason ?? null,
  /** Whoever asked cannot approve, and alone can withdraw. */
  mine: row.askedBy === reader,
});

/** A change beside what stands now; of one that was decided, what was asked for. */
export const showConnectionChange = query({
  name: 'connection.show-change',
  permission: 'connection.read',
  params: changeParams,
  input: nothing,
  find: findChange,
  async run({ em, subject, actor }) {
    const { row, asked } = subject;
    const isNew = row.state === 'proposed';
    return {
      ...factsOf(row),
      organisation: subject.organisation,
      organisationName: subject.organisationName,
      change: { ...shownChange(asked, actor.id), ...registeredIn(asked) },
      isNew,
      /** The system changed since: this can only be rejected or withdrawn, and asked for again. */
      isOld: asked.version !== row.version,
      /** What differs comes first. */
      rows: sideBySide(isNew || asked.state !== 'asked' ? undefined : row, asked).toSorted(
        (one, other) => Number(other.differs) - Number(one.differs),
      ),
      names: await namesOf(em, [asked.askedBy, ...(asked.decidedBy ? [asked.decidedBy] : [])]),
      mayDecide: asked.state === 'asked' && asked.askedBy !== actor.id && may(actor, 'connection.approve', subject),
      mayWithdraw: asked.state === 'asked' && may(actor, 'connection.withdraw', subject),
    };
  },
});

/** What switching it off or on would do. */
export const previewSwitch = query({
  name: 'connection.preview-switch',
  permission: 'connection.change',
  params: connectionParams,
  input: nothing,
  find: findConnection,
  run: async ({ em, subject: { row, organisation, organisationName } }) => ({
    ...factsOf(row),
    organisation,
    organisationName,
    signedIn: await signedInAt(em, row.id, mostSignedIn + 1),
    mostSignedIn,
  }),
});
const mostSignedIn = 1000;
