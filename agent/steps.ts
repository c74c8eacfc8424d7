/** What the agent does to a card for each thing it is asked, once the person, where one is needed, has typed the passcode. */
import type { AgentResult, Card, KeyUse, ListedOrigin, Order, OrderPurpose, Reader, Statement } from '../domain/agent-protocol.ts';
import type { CardDriver, CardKey, CertifiedKey, Pair } from './drivers/driver.ts';
import { CardError, forBoth } from './drivers/driver.ts';
import type { OpenedSecrets } from './orders.ts';
import { certificateRequest, requestHash, signStatement } from './signed.ts';

/** What the agent's window asks the person for. */
export type Need = 'nothing' | 'passcode' | 'new-passcode';

const needs: Record<OrderPurpose, Need | 'passcode-if-it-has-one'> = {
  'set-up': 'nothing',
  'make-keys': 'nothing',
  'write-certificates': 'passcode-if-it-has-one',
  'set-passcode': 'new-passcode',
  unlock: 'new-passcode',
  'renew-keys': 'passcode',
  confirm: 'passcode-if-it-has-one',
  finish: 'passcode-if-it-has-one',
};

/** @param isKept whether the passcode typed for this renewal is still held */
export function needOf(purpose: OrderPurpose, card: Card, isKept: boolean): Need {
  const need = needs[purpose];
  if (need !== 'passcode-if-it-has-one') return need;
  return card.state === 'set-up' || isKept ? 'nothing' : 'passcode';
}

/** @throws {CardError} NO_CARD */
export function cardIn(readers: readonly Reader[], serial: string): Card {
  const card = readers.find((reader) => reader.card?.serial === serial)?.card;
  if (!card) throw new CardError('NO_CARD');
  return card;
}

export interface Step<O extends Order = Order> {
  readonly driver: CardDriver;
  readonly from: ListedOrigin;
  readonly order: O;
  readonly secrets: OpenedSecrets;
  /** Empty where none is needed. */
  readonly passcode: string;
}

type OrderFor<P extends OrderPurpose> = Extract<Order, { purpose: P }>;
const steps: { [P in OrderPurpose]: (step: Step<OrderFor<P>>) => Promise<AgentResult> } = {
  async 'set-up'({ driver, order, secrets }) {
    await driver.setUp(order.card, secrets);
    return {};
  },
  async 'make-keys'(step) {
    if (cardIn(await step.driver.readers(), step.order.card).state !== 'set-up') throw new CardError('NOT_READY');
    return { requests: asBase64(await requestsFor(step)) };
  },
  async 'write-certificates'(step) {
    const certificates = forBoth((use) => Buffer.from(step.order.certificates[use], 'base64'));
    await step.driver.writeCertificates(step.order.card, accessOf(step), certificates);
    return {};
  },
  async 'set-passcode'(step) {
    const { driver, order, secrets, passcode } = step;
    await driver.setPasscode(order.card, { puk: secrets.puk, passcode });
    return { statements: await statementsBy(await driver.open(order.card, passcode, order.case), step, { terms: order.terms }) };
  },
  async unlock(step) {
    const { driver, order, secrets, passcode } = step;
    await driver.setPasscode(order.card, { puk: secrets.puk, passcode });
    const pair = await driver.open(order.card, passcode);
    return { statement: await signStatement(pair.authentication, said(step, 'authentication')) };
  },
  async 'renew-keys'(step) {
    const old = await step.driver.open(step.order.card, step.passcode);
    const requests = await requestsFor(step);
    const hashes = forBoth((use) => requestHash(requests[use]));
    const statement = await signStatement(old.authentication, said(step, 'authentication', { requests: hashes }));
    return { requests: asBase64(requests), statement };
  },
  async confirm(step) {
    const pair = await step.driver.open(step.order.card, step.passcode, step.order.case);
    return { statements: await statementsBy(pair, step) };
  },
  async finish({ driver, order, passcode }) {
    await driver.finish(order.card, { case: order.case, passcode });
    return {};
  },
};

/** @throws {CardError} as the card says */
export function carryOut(step: Step): Promise<AgentResult> {
  const run = steps[step.order.purpose] as (step: Step) => Promise<AgentResult>;
  return run(step);
}

/** @throws {CardError} WRONG_PASSCODE, LOCKED, NOT_READY */
export async function signIn(
  driver: CardDriver,
  card: string,
  passcode: string,
  asked: { from: ListedOrigin; nonce: string },
): Promise<AgentResult> {
  const pair = await driver.open(card, passcode);
  const { origin, issuer } = asked.from;
  const about = { card, driver: driver.kind, nonce: asked.nonce, iat: seconds() };
  const claims = { purpose: 'sign-in', use: 'authentication', origin, aud: issuer, ...about } as const;
  return { statement: await signStatement(pair.authentication, claims) };
}

const seconds = () => Math.floor(Date.now() / 1000);
const asBase64 = (requests: Pair<Buffer>) => forBoth((use) => requests[use].toString('base64'));
const accessOf = ({ order, secrets, passcode }: Step) => ({
  case: order.case,
  managementKey: secrets.managementKey,
  ...(passcode && { passcode }),
});

async function requestsFor(step: Step): Promise<Pair<Buffer>> {
  const { card, case: caseId, nonce } = step.order;
  const keys = await step.driver.makeKeys(card, accessOf(step));
  return inBoth(keys, (key) => certificateRequest(key, { card, driver: step.driver.kind, case: caseId, nonce }));
}

const statementsBy = (pair: Pair<CertifiedKey>, step: Step, more: Partial<Statement> = {}) =>
  inBoth(pair, (key, use) => signStatement(key, said(step, use, more)));

function said({ driver, from, order }: Step, use: KeyUse, more: Partial<Statement> = {}): Statement {
  if (order.purpose === 'set-up' || order.purpose === 'make-keys' || order.purpose === 'write-certificates' || order.purpose === 'finish') {
    throw new Error(`Nothing is signed for ${order.purpose}`);
  }
  const { purpose, nonce, card, case: caseId } = order;
  return { purpose, use, origin: from.origin, aud: from.issuer, nonce, iat: seconds(), card, driver: driver.kind, case: caseId, ...more };
}

/** One after the other: a card does one thing at a time. */
async function inBoth<K extends CardKey, T>(pair: Pair<K>, each: (key: K, use: KeyUse) => Promise<T>): Promise<Pair<T>> {
  const authentication = await each(pair.authentication, 'authentication');
  return { authentication, signing: await each(pair.signing, 'signing') };
}
