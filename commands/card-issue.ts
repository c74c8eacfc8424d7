import { z } from 'zod';
import { approversOf, findCardIssue, openIssueOf, openIssues } from '../db/smartcard/card-issue.ts';
import { once } from '../db/idempotency.ts';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { findPerson, fullName, namesOf } from '../db/person/person.ts';
import { findPrintJob } from '../db/smartcard/print-job.ts';
import { printersOf } from '../db/smartcard/printer.ts';
import { organisationsWith } from '../db/actor.ts';
import { findSmartcard, heldSmartcard, SmartcardRow, smartcardsOf } from '../db/smartcard/smartcard.ts';
import { isTestPerson } from '../db/sandbox/sandbox-person.ts';
import { currentTerms } from '../db/sign-in/terms.ts';
import { agentResult, cardSerial, jwk } from '../domain/agent-protocol.ts';
import {
  actionFor,
  allowedCardIssueActions,
  type CardIssue,
  cardIssueStages,
  cardIssueWaitsFor,
  nextStage,
  orderAt,
  refuseToIssue,
  stageInWords,
  wrongStage,
} from '../domain/card-issue.ts';
import { atOrganisation } from '../domain/organisation-code.ts';
import { rolesWith } from '../domain/permission.ts';
import { refuseCaseOfTestPerson } from '../domain/sandbox.ts';
import { Refusal } from '../domain/refusal.ts';
import { cardIssue, type CardWork, startCardIssue, workOnCardIssue } from '../workflows/card-issue.ts';
import { keepResult, makeOrder, readOrder, waitingOrderOf } from './card-order.ts';
import { type Asking, command, uuidFrom } from './command.ts';
import { findPersonSeenBy, whereBothAnd } from './person/sight.ts';
import { list, query } from './query.ts';
import { begin, update } from './update.ts';

const params = z.object({ id: z.uuid() });
type Em = Parameters<typeof findCardIssue>[0];
const find = (em: Em, { id }: { id: string }) => findCardIssue(em, id);
const workflowId = (id: string) => `card-issue/${id}`;

/** Begins a card for somebody. The case's id comes from the key, so that the same key cannot make two. */
export const startIssue = command({
  name: 'card-issue.start',
  permission: 'card-issue.start',
  params: atOrganisation,
  input: z
    .object({
      person: z.uuid('Select whom the smartcard is for'),
      /** The card that ends when this one becomes active. */
      replaces: z.uuid().optional(),
    })
    .strict(),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run(asking) {
    const { em, cardIssueTerms, actor, subject, input, caller, key } = asking;
    const id = uuidFrom(key);
    const { person, replaces = null } = input;
    await findPerson(em, person);
    refuseCaseOfTestPerson(await isTestPerson(em, person));
    refuseToIssue({ holder: person, issuer: actor.id, approvers: await approversOf(em, person) });
    const asked = { id, organisation: subject.organisation, person, asker: actor.id, replaces };
    const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
    return begin(
      asking,
      { workflow: cardIssue, workflowId: workflowId(id), args: [id, cardIssueTerms], submit: startCardIssue, sent: [sent, asked] },
      () => findCardIssue(em, id),
    );
  },
});

/** One card issue, with what the caller may do now, and what a page needs to do it with. */
export const showCardIssue = query({
  name: 'card-issue.show',
  permission: 'card-issue.read',
  params,
  input: z.object({ order: z.string().max(200).optional() }),
  find,
  async run({ em, actor, subject, caller, input, ...deps }) {
    const approvers = await approversOf(em, subject.person);
    const person = await findPerson(em, subject.person);
    const organisations = await organisationsWith(em, caller.id, rolesWith('card-issue.work'));
    const printers = subject.stage === 'choosing' || subject.stage === 'printed' ? await printersOf(em, organisations) : [];
    const printed = subject.printJob ? await findPrintJob(em, subject.printJob) : null;
    return {
      ...subject,
      words: stageInWords(subject.stage),
      actions: allowedCardIssueActions(subject, actor, approvers),
      holder: { careId: person.careId, name: fullName(person), hasPhoto: Boolean(person.photo) },
      names: await namesOf(em, [subject.person, subject.asker, subject.assignee, subject.changedBy]),
      printers: printers.map(({ id, name, location, state, stateReasons, organisation }) => ({
        id,
        name,
        location,
        organisation,
        state: state ?? null,
        reasons: stateReasons,
      })),
      print: printed && { state: printed.state, error: printed.error ?? null, since: printed.changedAt },
      /** Serials of the caller's own cards: never the one to be written. */
      ownCards: (await smartcardsOf(em, caller.id)).map(({ serial }) => serial),
      terms: subject.stage === 'recognised' ? (await currentTerms(em)).sentences : [],
      order: await waitingOrderOf(em, deps, { nonce: input.order, caseId: subject.id, who: caller.id }),
      replacedSerial: subject.replaces ? (await findSmartcard(em, subject.replaces)).serial : null,
    };
  },
});

const pageSize = 25;

/** Open card issues of every organisation where the caller issues cards, the oldest first. */
export const listCardIssues = list({
  name: 'card-issue.list',
  permission: 'card-issue.read',
  params: z.object({}),
  input: z.object({ organisation: z.string().optional(), stage: z.enum(cardIssueStages).optional(), after: z.uuid().optional() }).strict(),
  async run({ em, organisations, input: { organisation, stage, after } }) {
    const wanted = organisation ? organisations.filter((each) => each === organisation) : organisations;
    const { issues, count } = await openIssues(em, { organisations: wanted, stage, after, limit: pageSize + 1 });
    const shown = issues.slice(0, pageSize);
    const names = await namesOf(
      em,
      shown.flatMap(({ person, changedBy }) => [person, changedBy]),
    );
    return {
      issues: shown.map((issue) => ({ ...issue, words: stageInWords(issue.stage), waitsFor: cardIssueWaitsFor(issue.stage) })),
      names,
      count,
      next: issues.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

/** Whom a card can be started for from a page of theirs, and where: nobody who has one, but to replace it. */
export const newCardIssue = query({
  name: 'card-issue.new',
  permission: 'card-issue.start',
  params: z.object({ person: z.uuid() }),
  input: z.object({}),
  find: (em, { person }, caller) => findPersonSeenBy(em, person, caller),
  async run({ em, actor, subject, caller }) {
    const { person, row } = subject;
    const held = await heldSmartcard(em, person);
    const open = await openIssueOf(em, person);
    const approvers = await approversOf(em, person);
    const places = whereBothAnd(subject, caller, 'card-issue.start');
    return {
      person,
      careId: row.careId,
      name: fullName(row),
      hasPhoto: Boolean(row.photo),
      state: row.state,
      organisations: await organisationNames(em, places),
      held: held ? { id: held.id, serial: held.serial, issuedAt: held.issuedAt ?? null } : null,
      open: open && places.includes(open.organisation) ? { id: open.id, words: stageInWords(open.stage) } : null,
      refusal: refusalOf(() => refuseToIssue({ holder: person, issuer: actor.id, approvers })),
    };
  },
});

function refusalOf(rule: () => void): string | null {
  try {
    rule();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

const work = { permission: 'card-issue.work', params, find } as const;

export const printCardIssue = command({
  ...work,
  name: 'card-issue.print',
  input: z.object({ printer: z.uuid('Select a printer') }).strict(),
  run: ({ input: { printer }, ...asking }) => act(asking, { action: 'print', printer }),
});

/** The agent at the printer says what nobody else can know. */
export const sayPrinted = command({
  ...work,
  name: 'card-issue.say-printed',
  input: z.object({ printed: z.enum(['yes', 'no'], 'Select whether the card was printed') }).strict(),
  run: ({ input: { printed }, ...asking }) => act(asking, { action: printed === 'yes' ? 'say-printed' : 'say-not-printed' }),
});

/** Asks the agent program for the next step with the card. A card is chosen once; after that it is the case's own. */
export const orderCardIssue = command({
  ...work,
  name: 'card-issue.order',
  input: z
    .object({
      /** Of the agent program: what the order brings, only it can read. */
      session: jwk,
      card: cardSerial.optional(),
    })
    .strict(),
  async run({ input: { session, card }, ...asking }) {
    const { em, subject, actor, key } = asking;
    const purpose = orderAt(subject.stage);
    const action = purpose && actionFor(purpose);
    if (!purpose || !action) throw wrongStage(subject);
    refuseToIssue({ holder: subject.person, issuer: actor.id, approvers: await approversOf(em, subject.person) });
    nextStage(subject, action, actor.id);
    const chosen = subject.serial ?? card;
    if (!chosen) throw new Refusal('INVALID', 'Select the blank card', { card: '' });
    if (purpose === 'prepare') await refuseUsedCard(em, chosen, actor.id);
    const { id, organisation } = subject;
    const order = { caseKind: 'card-issue', caseId: id, organisation, purpose, card: chosen, session } as const;
    return { is: 'saved', answer: { id, nonce: await once(em, key, (tx) => makeOrder(tx, asking, order)) } };
  },
});

async function refuseUsedCard(em: Em, serial: string, who: string): Promise<void> {
  const used = await em.findOne(SmartcardRow, { serial });
  if (used?.person === who)
    throw new Refusal('INVALID', 'That is your own card. Put the blank card in the reader, and choose it', { card: '' });
  if (used) throw new Refusal('INVALID', 'A card with this serial number was used before. Take another blank card', { card: '' });
}

/** An order, signed for the agent program that it was asked for. */
export const readCardIssueOrder = query({
  name: 'card-issue.read-order',
  permission: 'card-issue.work',
  params: z.object({ id: z.uuid(), nonce: z.string().min(16).max(200) }),
  input: z.object({}),
  find: async (em, { id, nonce }) => ({ ...(await findCardIssue(em, id)), nonce }),
  run: ({ em, subject: { id, nonce }, actor, ...deps }) => readOrder(em, deps, { nonce, caseId: id, who: actor.id }),
});

/** What the card answered to an order of this case: kept first, then the case goes on by it. */
export const answerCardIssue = command({
  ...work,
  name: 'card-issue.answer',
  input: z.object({ nonce: z.string().min(16).max(200), result: agentResult }).strict(),
  async run({ input: { nonce, result }, ...asking }) {
    const { purpose } = await keepResult(asking, { nonce, caseId: asking.subject.id, result });
    const action = actionFor(purpose);
    if (!action) throw new Refusal('INVALID', 'That is no step of issuing a card');
    return act(asking, { action: action as CardWork['action'], nonce });
  },
});

export const recogniseHolder = command({
  ...work,
  name: 'card-issue.recognise',
  input: z
    .object({ recognised: z.literal('yes', 'Confirm that the person in front of you is the one on the photograph, or do not go on') })
    .strict(),
  run: (asking) => act(asking, { action: 'recognise' }),
});

/** The chip does not do what it should: its card is cancelled, and another is printed. */
export const discardCard = command({
  ...work,
  name: 'card-issue.discard',
  input: z.object({ destroyed: z.literal('yes', 'Confirm that you cut through the chip of this card') }).strict(),
  run: (asking) => act(asking, { action: 'discard' }),
});

export const giveUpCardIssue = command({
  ...work,
  name: 'card-issue.give-up',
  input: z.object({}).strict(),
  run: (asking) => act(asking, { action: 'give-up' }),
});

/** One step of an open case. When its workflow is over, says who ended it and when. */
function act(asking: Omit<Asking<unknown, CardIssue>, 'input'>, args: CardWork) {
  const { em, temporal, actor, subject, caller, key } = asking;
  const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
  return update<CardIssue>(
    asking,
    () =>
      temporal.workflow
        .getHandle(workflowId(subject.id))
        .startUpdate(workOnCardIssue, { args: [sent, args], updateId: key.hash, waitForStage: 'ACCEPTED' }),
    async () => {
      const found = await findCardIssue(em, subject.id);
      if (cardIssueWaitsFor(found.stage)) throw new Error(`${workflowId(subject.id)} is open, and has no workflow`);
      throw wrongStage(found);
    },
  );
}
