import {
  agentRequest,
  agentTimes,
  listedOrigin,
  order,
  orderFault,
  statement,
  statementFault,
  statementPurposes,
  statementType,
  takesCardsOf,
} from '../../domain/agent-protocol.ts';
import type { Order, Statement } from '../../domain/agent-protocol.ts';

const now = new Date('2026-11-24T09:00:00Z');
const at = (seconds: number) => Math.floor(now.getTime() / 1000) + seconds;
const caseId = '6f1b7a52-2f0f-4c39-9c36-2f6a4a4c8d11';
const nonce = 'YWJjZGVmZ2hpamtsbW5vcA';

const said: Statement = {
  purpose: 'sign-in',
  use: 'authentication',
  origin: 'http://localhost:4000',
  aud: 'http://localhost:4000',
  nonce,
  iat: at(0),
  card: 'S-1',
  driver: 'software',
};
const expected = {
  purpose: 'sign-in',
  use: 'authentication',
  origin: 'http://localhost:4000',
  issuer: 'http://localhost:4000',
  nonce,
  environment: 'dev',
} as const;

test('what was asked for is taken', () => {
  expect(statementFault(said, expected, now)).toBeNull();
  expect(statement.parse(said)).toEqual(said);
});

test.each([
  ['another purpose', { purpose: 'unlock' }, 'PURPOSE'],
  ['the other key', { use: 'signing' }, 'USE'],
  ['a page of another site', { origin: 'http://localhost:4001' }, 'ORIGIN'],
  ['another service', { aud: 'https://other.example' }, 'ISSUER'],
  ['another nonce', { nonce: `${nonce}A` }, 'NONCE'],
  ['too old', { iat: at(-agentTimes.statementSeconds - agentTimes.clockSkewSeconds - 1) }, 'TIME'],
  ['from the future', { iat: at(agentTimes.clockSkewSeconds + 1) }, 'TIME'],
  ['a case where none was asked for', { case: caseId }, 'CASE'],
  ['terms nobody showed', { terms: '3' }, 'TERMS'],
] satisfies Array<[string, Partial<Statement>, string]>)('a statement is refused: %s', (_name, change, fault) => {
  expect(statementFault({ ...said, ...change }, expected, now)).toBe(fault);
});

test('production takes no software card, and dev takes every card', () => {
  const production = { ...expected, environment: 'production' } as const;
  expect(statementFault(said, production, now)).toBe('DRIVER');
  expect(statementFault({ ...said, driver: 'pkcs11' }, production, now)).toBeNull();
  expect(statementFault({ ...said, driver: 'pkcs11' }, expected, now)).toBeNull();
  expect([takesCardsOf(null, 'production'), takesCardsOf(null, 'dev')]).toEqual([false, true]);
});

test('where card, case and terms are expected, others are refused', () => {
  const full = { ...said, case: caseId, terms: '3' };
  const wanted = { ...expected, card: 'S-1', case: caseId, terms: '3' };
  expect(statementFault(full, wanted, now)).toBeNull();
  expect(statementFault({ ...full, card: 'S-2' }, wanted, now)).toBe('CARD');
  expect(statementFault({ ...full, case: caseId.replace('6', '7') }, wanted, now)).toBe('CASE');
  expect(statementFault({ ...full, terms: '2' }, wanted, now)).toBe('TERMS');
});

test('each purpose has a type of its own', () => {
  expect(new Set(statementPurposes.map(statementType)).size).toBe(statementPurposes.length);
});

const ordered: Order = { purpose: 'finish', iss: 'http://localhost:4000', case: caseId, card: 'S-1', nonce, iat: at(0), exp: at(300) };

test('an order is good for its minutes and its issuer only', () => {
  expect(orderFault(ordered, 'http://localhost:4000', now)).toBeNull();
  expect(orderFault(ordered, 'http://localhost:4001', now)).toBe('ISSUER');
  expect(orderFault({ ...ordered, iat: at(-361), exp: at(-61) }, 'http://localhost:4000', now)).toBe('TIME');
  expect(orderFault({ ...ordered, iat: at(61), exp: at(100) }, 'http://localhost:4000', now)).toBe('TIME');
  expect(orderFault({ ...ordered, exp: at(agentTimes.orderSeconds + 1) }, 'http://localhost:4000', now)).toBe('TIME');
});

test.each([
  ['an order with more than it needs', () => order.safeParse({ ...ordered, secrets: 'a.b.c.d.e' })],
  ['an unknown purpose', () => order.safeParse({ ...ordered, purpose: 'format' })],
  ['a request to sign bytes', () => agentRequest.safeParse({ operation: 'sign-in', issuer: 'http://localhost:4000', nonce, data: 'AAAA' })],
  ['a nonce too short to be one', () => agentRequest.safeParse({ operation: 'sign-in', issuer: 'http://localhost:4000', nonce: 'abc' })],
  ['a serial that is a path', () => agentRequest.safeParse({ operation: 'prepare', case: caseId, card: '../../etc' })],
  ['an origin with a path', () => listedOrigin.shape.origin.safeParse('http://localhost:4000/')],
  ['an origin that is no web origin', () => listedOrigin.shape.origin.safeParse('file:///')],
])('%s cannot be read', (_name, parse) => {
  expect(parse().success).toBe(false);
});
