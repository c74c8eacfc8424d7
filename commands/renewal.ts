import { z } from 'zod';
import { raContactOf } from '../db/organisation/organisation-contact.ts';
import { confirmedOf } from '../db/smartcard/certificate.ts';
import { isAnswered, recordCardOpening } from '../db/smartcard/card-order.ts';
import { once } from '../db/idempotency.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { findPerson, namesOf } from '../db/person/person.ts';
import { findRenewal, openRenewals, renewalOf } from '../db/smartcard/renewal.ts';
import { heldSmartcard } from '../db/smartcard/smartcard.ts';
import { agentResult, jwk, secretsOf } from '../domain/agent-protocol.ts';
import { may } from '../domain/permission.ts';
import { isExpired } from '../domain/certificate.ts';
import { Refusal } from '../domain/refusal.ts';
import {
  isRenewalOver,
  mayRenew,
  nextRenewalStage,
  refuseToRenew,
  type Renewal,
  renewalActionFor,
  renewalInWords,
  renewalOrderAt,
  renewalWaitsFor,
  seeRegistrationAuthority,
  wrongRenewal,
} from '../domain/renewal.ts';
import { workOnRenewal } from '../workflows/renewal.ts';
import { keepResult, makeOrder, readOrder, waitingOrderOf } from './card-order.ts';
import { causeOf, command } from './command.ts';
import { list, query } from './query.ts';
import { update } from './update.ts';

const params = z.object({ id: z.uuid() });
type Em = Parameters<typeof findRenewal>[0];
const find = (em: Em, { id }: { id: string }) => findRenewal(em, id);
const workflowId = (id: string) => `renewal/${id}`;

/** One renewal, whom it waits for, and whether the caller may go on with it. */
export const showRenewal = query({
  name: 'renewal.show',
  permission: 'renewal.read',
  params,
  input: z.object({ order: z.string().max(200).optional() }),
  find,
  async run({ em, actor, subject, caller, input, ...deps }) {
    const now = new Date();
    const names = await namesOf(em, [subject.person, subject.changedBy]);
    const { careId } = await findPerson(em, subject.person);
    return {
      ...subject,
      words: renewalInWords(subject.stage),
      waitsFor: renewalWaitsFor(subject, now),
      isExpired: isExpired(new Date(subject.notAfter), now),
      isOver: isRenewalOver(subject.stage),
      mayRenew: mayRenew(actor, subject, now),
      isOwn: caller.id === subject.person,
      /** Of a renewal that is done: whether the old keys were removed, and whether the caller may do it. */
      isFinished: subject.stage === 'done' && (await isAnswered(em, subject.id, 'finish')),
      mayFinish: may(actor, 'renewal.work', subject),
      holder: { name: names[subject.person] ?? '', careId },
      names,
      order: await waitingOrderOf(em, deps, { nonce: input.order, caseId: subject.id, who: caller.id }),
    };
  },
});

/** The caller's own card: when its certificates end, the renewal that is open, and whom to see when it is too late. */
export const myRenewal = query({
  name: 'renewal.mine',
  permission: 'renewal.read',
  params: z.object({}),
  input: z.object({ order: z.string().max(200).optional() }),
  find: async (em, _params, { id }) => {
    const { organisation } = await findPerson(em, id);
    return { ...(await findOrganisation(em, organisation)), person: id };
  },
  async run({ em, subject, caller, input, ...deps }) {
    const now = new Date();
    const renewal = await renewalOf(em, subject.person);
    const card = await heldSmartcard(em, subject.person);
    const [certificate] = card ? await confirmedOf(em, card.id) : [];
    const raContact = await raContactOf(em, subject.organisation);
    const isOver = !renewal || isRenewalOver(renewal.stage);
    const expired = certificate ? isExpired(certificate.notAfter, now) : false;
    return {
      serial: card?.serial ?? null,
      notAfter: certificate?.notAfter ?? null,
      renewal: renewal && { ...renewal, isOver },
      isExpired: expired,
      seeRa: expired ? seeRegistrationAuthority(raContact) : null,
      raContact,
      order: renewal && (await waitingOrderOf(em, deps, { nonce: input.order, caseId: renewal.id, who: caller.id })),
    };
  },
});

const pageSize = 25;

/** Open renewals of every organisation where the caller works on them, the soonest end first. */
export const listRenewals = list({
  name: 'renewal.list',
  permission: 'renewal.read',
  params: z.object({}),
  input: z
    .object({ organisation: z.string().optional(), when: z.enum(['expired', 'to-come']).optional(), after: z.uuid().optional() })
    .strict(),
  async run({ em, organisations, input: { organisation, when, after } }) {
    const wanted = organisation ? organisations.filter((each) => each === organisation) : organisations;
    const expired = when && when === 'expired';
    const { renewals, count } = await openRenewals(em, { organisations: wanted, expired, after, limit: pageSize + 1 });
    const shown = renewals.slice(0, pageSize);
    const now = new Date();
    return {
      renewals: shown.map((each) => ({ ...each, words: renewalInWords(each.stage), isExpired: isExpired(each.notAfter, now) })),
      names: await namesOf(
        em,
        shown.map(({ person }) => person),
      ),
      count,
      next: renewals.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

const work = { permission: 'renewal.work', params, find } as const;

/**
 * Asks the agent program for the next step with the card; `again` begins with new keys. The holder is told when somebody else asks
 * for a step that brings the management key.
 */
export const orderRenewal = command({
  ...work,
  name: 'renewal.order',
  input: z.object({ session: jwk, again: z.literal('yes').optional() }).strict(),
  async run({ input: { session, again }, ...asking }) {
    const { em, subject, actor, key } = asking;
    const purpose = again && !isRenewalOver(subject.stage) ? 'renew-keys' : renewalOrderAt(subject.stage);
    if (!purpose) throw wrongRenewal(subject);
    if (purpose !== 'finish') refuseToRenew(actor, subject, subject.raContact, new Date());
    const { id, organisation, serial, person: holder } = subject;
    const order = { caseKind: 'renewal', caseId: id, organisation, purpose, card: serial, session } as const;
    const opensForAnother = actor.id !== holder && secretsOf[purpose].includes('managementKey');
    const nonce = await once(em, key, async (tx) => {
      const made = await makeOrder(tx, asking, order);
      const opening = { kind: 'renewal', id, holder, organisation, purpose, nonce: made } as const;
      if (opensForAnother) await recordCardOpening(tx, causeOf('renewal.ordered-by-another', asking, workflowId(id)), opening);
      return made;
    });
    return { is: 'saved', answer: { id, nonce } };
  },
});

export const readRenewalOrder = query({
  name: 'renewal.read-order',
  permission: 'renewal.work',
  params: z.object({ id: z.uuid(), nonce: z.string().min(16).max(200) }),
  input: z.object({}),
  find: async (em, { id, nonce }) => ({ ...(await findRenewal(em, id)), nonce }),
  run: ({ em, subject: { id, nonce }, actor, ...deps }) => readOrder(em, deps, { nonce, caseId: id, who: actor.id }),
});

/** What the card answered to an order of this renewal: kept first, then the renewal goes on by it. */
export const answerRenewal = command({
  ...work,
  name: 'renewal.answer',
  input: z.object({ nonce: z.string().min(16).max(200), result: agentResult }).strict(),
  async run({ input: { nonce, result }, ...asking }) {
    const { em, temporal, subject, actor, caller, key } = asking;
    const { purpose } = await keepResult(asking, { nonce, caseId: subject.id, result });
    if (purpose === 'finish') return { is: 'saved', answer: await once(em, key, () => findRenewal(em, subject.id)) };
    const action = renewalActionFor(purpose);
    if (!action) throw new Refusal('INVALID', 'That is no step of a renewal');
    nextRenewalStage(subject, action);
    const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
    return update<Renewal>(
      asking,
      () =>
        temporal.workflow
          .getHandle(workflowId(subject.id))
          .startUpdate(workOnRenewal, { args: [sent, { action, nonce }], updateId: key.hash, waitForStage: 'ACCEPTED' }),
      async () => {
        const found = await findRenewal(em, subject.id);
        if (!isRenewalOver(found.stage)) throw new Error(`${workflowId(subject.id)} is open, and has no workflow`);
        throw wrongRenewal(found);
      },
    );
  },
});
