/** What a page asks the agent: /v1. */
import { z } from 'zod';
import type { AgentRequest, ListedOrigin, Order, Progress, Status } from '../domain/agent-protocol.ts';
import { agentRequest, agentTimes } from '../domain/agent-protocol.ts';
import type { Asked } from './asked.ts';
import { CardError } from './drivers/driver.ts';
import { prepareSecrets } from './orders.ts';
import type { Parts } from './parts.ts';
import { cardIn, carryOut, needOf } from './steps.ts';

const version = '1';

export async function readStatus({ driver, session }: Parts): Promise<Status> {
  return { version, session: session.publicKey, readers: await driver.readers() };
}

/** Begins what is asked. What needs no person is over when it returns. @throws {CardError | z.ZodError} when it cannot begin */
export async function begin(parts: Parts, from: ListedOrigin, body: unknown): Promise<Asked> {
  const request = agentRequest.parse(body);
  if (!from.operations.includes(request.operation)) throw new CardError('NOT_ALLOWED');
  if (request.operation === 'sign-in' && request.issuer !== from.issuer) throw new CardError('NOT_ALLOWED');
  const order = request.operation === 'order' ? await parts.session.readOrder(request.order, from) : null;
  const asked = parts.asked.add({ from, request, order, need: await needFor(parts, from, request, order) });
  if (asked.need === 'nothing') await actAlone(parts, asked);
  return asked;
}

async function needFor(parts: Parts, from: ListedOrigin, request: AgentRequest, order: Order | null) {
  if (!order) return request.operation === 'sign-in' ? 'passcode' : 'nothing';
  const card = cardIn(await parts.driver.readers(), order.card);
  return needOf(order.purpose, card, parts.kept.get({ from, order }) !== null);
}

async function actAlone(parts: Parts, asked: Asked): Promise<void> {
  try {
    asked.finish(await result(parts, asked));
  } catch (error) {
    if (!(error instanceof CardError)) parts.complain(error);
    if (asked.order) parts.kept.drop({ from: asked.from, order: asked.order });
    asked.refuse(error instanceof CardError ? (error.code === 'WRONG_PASSCODE' ? 'NOT_READY' : error.code) : 'FAULT');
  }
}

async function result(parts: Parts, { request, order, from }: Asked) {
  if (request.operation === 'prepare') return { sealed: await prepare(parts, request, from) };
  if (!order) throw new Error(`${request.operation} needs a person`);
  const secrets = await parts.session.openSecrets(order);
  const done = await carryOut({ driver: parts.driver, from, order, secrets, passcode: parts.kept.get({ from, order }) ?? '' });
  if (order.purpose === 'finish') parts.kept.drop({ from, order });
  return done;
}

async function prepare({ driver }: Parts, about: { case: string; card: string }, { sealingKey }: ListedOrigin): Promise<string> {
  const card = cardIn(await driver.readers(), about.card);
  if (card.state !== 'blank' && card.state !== 'set-up') throw new CardError('NOT_BLANK');
  return prepareSecrets({ case: about.case, card: about.card }, sealingKey);
}

/** Waits a while for the person, so that a page asks seldom. */
export async function waitFor(asked: Asked, seconds: number = agentTimes.pollSeconds): Promise<Progress> {
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(timer.resolve, seconds * 1000).unref();
  await Promise.race([asked.over, timer.promise]);
  clearTimeout(handle);
  return asked.progress;
}

export const isUnreadable = (error: unknown): error is z.ZodError => error instanceof z.ZodError;
