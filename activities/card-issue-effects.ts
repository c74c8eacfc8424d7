/** What each step of a card issue changes besides its stage, in the transaction that saves it. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { checkStatement } from '../adapters/card-statement.ts';
import { actorIn } from '../db/actor.ts';
import type { Cause } from '../db/audit.ts';
import type { CardIssueChange, CardIssueRow, CardIssueValues } from '../db/smartcard/card-issue.ts';
import { approversOf } from '../db/smartcard/card-issue.ts';
import { type AskedPurpose, findAnswer } from '../db/smartcard/card-order.ts';
import { recordEnding } from '../db/open-case/case-ending.ts';
import { pairOfCase, recordPairConfirmed } from '../db/smartcard/certificate.ts';
import { recordMail } from '../db/mail/mail.ts';
import { recordPrintJob, recordPrintStep } from '../db/smartcard/print-job.ts';
import { findPrinter } from '../db/smartcard/printer.ts';
import { recordSmartcardStep } from '../db/smartcard/smartcard-step.ts';
import { findSmartcard, heldSmartcard, recordSmartcardPrepared } from '../db/smartcard/smartcard.ts';
import { currentTerms, recordTermsAccepted } from '../db/sign-in/terms.ts';
import { uuidOf } from '../db/uuid.ts';
import { type CardIssueAction, refuseToIssue } from '../domain/card-issue.ts';
import { refuseUnless } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Deps } from './deps.ts';

type Change = Exclude<CardIssueChange, { action: 'start' }>;
interface Step {
  em: EntityManager;
  change: Change;
  cause: Cause;
  /** Held until the transaction ends. */
  row: CardIssueRow;
  deps: Pick<Deps, 'cardOrders' | 'cardSecretsKey'>;
}
type Effect = (step: Step) => Promise<CardIssueValues>;

const nothing: Effect = () => Promise.resolve({});

export const cardIssueEffects: Record<CardIssueAction, Effect> = {
  print,
  printed: nothing,
  'print-failed': nothing,
  'print-unknown': nothing,
  'say-printed': nothing,
  'say-not-printed': nothing,
  prepare,
  'set-up': (step) => done(step, 'set-up'),
  'make-keys': signed,
  write: (step) => done(step, 'write-certificates'),
  recognise: ({ cause }) => Promise.resolve({ recognisedBy: cause.who }),
  'set-passcode': issue,
  discard,
  'give-up': nothing,
  'hand-over': handOver,
  end,
};

/** A printer of an organisation whose cards the agent may work on. Each print has a number of its own: a retry asks for the same. */
async function print({ em, change, cause, row }: Step): Promise<CardIssueValues> {
  if (!change.printer) throw new Refusal('INVALID', 'Select a printer', { printer: '' });
  const printer = await findPrinter(em, change.printer);
  refuseUnless(await actorIn(em, cause.who, printer.organisation), 'card-issue.work', { organisation: printer.organisation });
  const prints = row.prints + 1;
  const caseId = `card-issue/${row.id}`;
  const step = `print-${prints}`;
  const printJob = uuidOf(`${caseId}/${step}`);
  await recordPrintJob(em, { id: printJob, printer: printer.id, organisation: row.organisation, caseId, step, person: row.person }, cause);
  return { printer: printer.id, printJob, prints };
}

async function prepare({ em, change, cause, row, deps }: Step): Promise<CardIssueValues> {
  const { card: serial, result } = await answerTo(em, change, 'prepare');
  if (!result.sealed) throw new Refusal('INVALID', 'The workstation prepared nothing. Start this step again');
  const { case: caseId, card, puk, managementKey } = await deps.cardOrders.openPrepared(result.sealed);
  if (caseId !== row.id || card !== serial) throw new Refusal('INVALID', 'This was prepared for another card. Start this step again');
  const smartcard = { id: randomUUID(), serial, person: row.person, organisation: row.organisation };
  await recordSmartcardPrepared(em, cause, smartcard, { key: deps.cardSecretsKey, secrets: { puk, managementKey } });
  return { smartcard: smartcard.id, serial };
}

async function done({ em, change, row }: Step, purpose: AskedPurpose): Promise<CardIssueValues> {
  const { card } = await answerTo(em, change, purpose);
  if (card !== row.serial) throw new Refusal('WRONG_STATE', 'This was done with a card that was put aside since');
  return {};
}

async function signed(step: Step): Promise<CardIssueValues> {
  await done(step, 'make-keys');
  if (!(await pairOfCase(step.em, step.row.id))) throw new Error(`Card issue ${step.row.id} has no certificates`);
  return {};
}

/** The new keys have spoken, and the holder accepted the terms: the card is active, and the one it replaces is not. */
async function issue(step: Step): Promise<CardIssueValues> {
  const { em, change, cause, row, deps } = step;
  const { id, person, organisation } = row;
  await done(step, 'set-passcode');
  const answer = await answerTo(em, change, 'set-passcode');
  const pair = await pairOfCase(em, id);
  if (!pair || !row.smartcard) throw new Error(`Card issue ${id} has no certificates`);
  for (const use of ['authentication', 'signing'] as const) {
    const by = [pair[use]];
    checkStatement(deps.cardOrders, answer.result.statements?.[use], { answer, purpose: 'set-passcode', use, by });
  }
  const { version } = await currentTerms(em);
  if (answer.terms !== String(version))
    throw new Refusal('WRONG_STATE', 'The terms changed meanwhile. The holder has to accept the new ones: start this step again');
  await replaceHeld(step);
  await recordPairConfirmed(em, cause, pair, organisation);
  await recordSmartcardStep(em, cause, 'issue', await findSmartcard(em, row.smartcard));
  await recordTermsAccepted(em, { ...cause, id: `${cause.id}/terms` }, { person, organisation, version });
  const data = { notAfter: pair.authentication.notAfter.toISOString() };
  const about = { kind: 'card-issue', id };
  await recordMail(em, { to: { kind: 'person', id: person }, template: 'card-issued', about, organisation, data }, cause);
  return {};
}

async function replaceHeld({ em, cause, row: { person, replaces, smartcard } }: Step): Promise<void> {
  const held = await heldSmartcard(em, person);
  if (!held) return;
  if (held.id !== replaces)
    throw new Refusal('WRONG_STATE', 'This person has another active card. Cancel it, or replace it', { smartcard: held.id });
  await recordSmartcardStep(em, cause, 'replace', held, { by: smartcard ?? '' });
}

async function discard({ em, cause, row }: Step): Promise<CardIssueValues> {
  if (row.smartcard) await recordSmartcardStep(em, cause, 'discard', await findSmartcard(em, row.smartcard));
  return { smartcard: null, serial: null, recognisedBy: null };
}

async function handOver({ em, change, cause, row }: Step): Promise<CardIssueValues> {
  const { id, organisation, person } = row;
  const { assignee } = change;
  if (!assignee) throw new Refusal('INVALID', 'Select whom to hand it to', { to: '' });
  refuseUnless(await actorIn(em, assignee, organisation), 'card-issue.work', { organisation });
  refuseToIssue({ holder: person, issuer: assignee, approvers: await approversOf(em, person) });
  const about = { kind: 'card-issue', id };
  await recordMail(em, { to: { kind: 'person', id: assignee }, template: 'case-handed-over', about, organisation }, cause);
  return { assignee };
}

/** A card that was begun is cancelled, and its certificates revoked. Its number stays on the case, for whoever must destroy it. */
async function end(step: Step): Promise<CardIssueValues> {
  const { em, change, cause } = step;
  if (!change.ending) throw new Error('A case is ended by a row of case_ending');
  const { needsTwo } = await recordEnding(em, change.ending, cause);
  if (step.row.smartcard && !needsTwo)
    throw new Refusal('WRONG_STATE', 'A card was begun meanwhile, so a second person has to agree. Ask again to end this case');
  await discard(step);
  // What has not gone to the printer does not go there any more; what has, nobody can call back.
  const { printJob } = step.row;
  if (printJob) await recordPrintStep(em, { id: printJob, state: 'queued' }, { state: 'failed', error: 'Cancelled' });
  return {};
}

function answerTo(em: EntityManager, { nonce, issue: { id } }: Change, purpose: AskedPurpose) {
  if (!nonce) throw new Refusal('INVALID', 'The card has not done this step. Start it again');
  return findAnswer(em, { nonce, caseId: id }, purpose);
}
