import { createHash, randomUUID } from 'node:crypto';
import { cardCertificateFault, devPolicy, readStatement } from '../../adapters/certificate-authority.ts';
import type { KeyUse } from '../../domain/agent-protocol.ts';
import { requestChallenge, statementFault } from '../../domain/agent-protocol.ts';
import type { TestAgent } from '../support/agent.ts';
import { aCardService, anAgent, issuer, newNonce, passcode, signOrder, site } from '../support/agent.ts';

let agent: TestAgent;
let service: Awaited<ReturnType<typeof aCardService>>;
beforeAll(async () => {
  agent = await anAgent();
  service = await aCardService(agent);
});
afterAll(() => agent.close());
afterEach(() => expect(agent.complaints).toEqual([]));

const signIn = async (typed = passcode) => {
  const nonce = newNonce();
  const { body } = await service.page.signIn(nonce);
  await service.person.types(body['window']!, { passcode: typed });
  return { nonce, id: body['id']! };
};
const signedIn = async () => {
  const { nonce, id } = await signIn();
  const outcome = await service.page.outcome(id);
  return { nonce, signed: readStatement(outcome.state === 'done' ? outcome.result.statement! : '')! };
};
const certificatesIn = async (card: string) => (await service.page.status()).readers.find((reader) => reader.card?.serial === card)?.card;

test('a blank card is issued, and its holder signs in with it', async () => {
  const card = await service.issue({ careId: '555000000001' });
  for (const use of ['authentication', 'signing'] as const) {
    const { said, by, certificate } = readStatement(card.statements[use])!;
    const expected = {
      purpose: 'set-passcode',
      use,
      origin: site,
      issuer,
      nonce: card.nonce,
      card: card.card,
      case: card.case,
      terms: '3',
      environment: 'dev',
    } as const;
    expect(statementFault(said, expected, new Date())).toBeNull();
    expect(by).toMatchObject({ careId: '555000000001', use });
    expect(cardCertificateFault(certificate, service.trust, { use, policy: devPolicy, at: new Date() })).toBeNull();
  }
  expect(await certificatesIn(card.card)).toMatchObject({
    state: 'ready',
    certificates: [{ careId: '555000000001', case: card.case }, {}],
  });

  const { nonce, signed } = await signedIn();
  const expected = { purpose: 'sign-in', use: 'authentication', origin: site, issuer, nonce, environment: 'dev' } as const;
  expect(statementFault(signed.said, expected, new Date())).toBeNull();
  expect(signed.by.careId).toBe('555000000001');
});

test('each step of issuing may be asked for again', async () => {
  const caseId = randomUUID();
  const card = await agent.drawer.addBlank();
  await agent.drawer.put(card, 'Reader 1');
  const about = { case: caseId, card };
  await service.prepare(caseId, card);
  await service.done({ purpose: 'set-up', ...about });
  await service.done({ purpose: 'set-up', ...about });
  const first = await service.done({ purpose: 'make-keys', ...about });
  const again = await service.done({ purpose: 'make-keys', ...about });
  const challenge = requestChallenge(caseId, again.nonce);
  await expect(service.certify(first.result.requests!, challenge, '555000000002')).rejects.toMatchObject({ code: 'INVALID' });
  const certificates = await service.certify(again.result.requests!, challenge, '555000000002');
  const fromFirst = await service.certify(first.result.requests!, requestChallenge(caseId, first.nonce), '555000000002');
  for (const each of [fromFirst, certificates, certificates])
    await service.done({ purpose: 'write-certificates', ...about, certificates: each });
  const form = { passcode, again: passcode, accepts: 'yes' };
  await service.done({ purpose: 'set-passcode', ...about, terms: '3' }, form);
  await service.done({ purpose: 'set-passcode', ...about, terms: '3' }, form);
  expect((await signedIn()).signed.by.careId).toBe('555000000002');
});

test('a renewal makes new keys beside the old, which go when it is finished; the passcode is typed once', async () => {
  const old = await service.issue({ careId: '555000000003' });
  const caseId = randomUUID();
  const about = { case: caseId, card: old.card };
  const before = (await signedIn()).signed.by.serial;

  const made = await service.done({ purpose: 'renew-keys', ...about }, { passcode });
  const { said, by } = readStatement(made.result.statement!)!;
  const hash = (use: KeyUse) => createHash('sha256').update(Buffer.from(made.result.requests![use], 'base64')).digest('base64url');
  expect(said).toMatchObject({
    purpose: 'renew-keys',
    case: caseId,
    nonce: made.nonce,
    requests: { authentication: hash('authentication'), signing: hash('signing') },
  });
  expect(by.serial).toBe(before);
  expect((await signedIn()).signed.by.serial).toBe(before);

  const certificates = await service.certify(made.result.requests!, requestChallenge(caseId, made.nonce), '555000000003');
  await service.done({ purpose: 'write-certificates', ...about, certificates });
  expect((await certificatesIn(old.card))?.certificates.map((each) => each.case)).toEqual([caseId, caseId, old.case, old.case]);
  const { result, nonce } = await service.done({ purpose: 'confirm', ...about });
  for (const use of ['authentication', 'signing'] as const) {
    const confirmed = readStatement(result.statements![use])!;
    expect(confirmed.certificate).toEqual(certificates[use]);
    expect(confirmed.said).toMatchObject({ purpose: 'confirm', nonce, case: caseId });
  }
  expect((await signedIn()).signed.by.serial).not.toBe(before);
  await service.done({ purpose: 'finish', ...about });
  expect((await certificatesIn(old.card))?.certificates.map((each) => each.case)).toEqual([caseId, caseId]);
  const last = await service.run({ purpose: 'finish', ...about });
  expect(last.window).not.toBeNull();
});

test('three wrong passcodes lock the card, and its PUK with a new passcode unlocks it', async () => {
  const card = await service.issue({ careId: '555000000004' });
  const { body } = await service.page.signIn();
  const first = await service.person.types(body['window']!, { passcode: '111111' });
  expect(first.text).toContain('You have 2 tries left');
  expect((await service.person.types(body['window']!, { passcode: '111111' })).text).toContain('You have 1 try left');
  expect((await service.person.types(body['window']!, { passcode: '111111' })).text).toContain('Your smartcard is locked');
  expect(await service.page.outcome(body['id']!)).toMatchObject({ state: 'refused', refusal: { code: 'LOCKED' } });
  expect((await certificatesIn(card.card))?.state).toBe('locked');
  expect(await service.page.outcome((await signIn()).id)).toMatchObject({ state: 'refused', refusal: { code: 'LOCKED' } });

  const about = { case: randomUUID(), card: card.card };
  const { result, nonce } = await service.done({ purpose: 'unlock', ...about }, { passcode: '918273', again: '918273' });
  expect(readStatement(result.statement!)!.said).toMatchObject({ purpose: 'unlock', nonce, ...about });
  expect(await service.page.outcome((await signIn('918273')).id)).toMatchObject({ state: 'done' });
});

test('a good passcode gives back the tries', async () => {
  const card = await service.issue();
  for (let round = 0; round < 3; round++) {
    const { body } = await service.page.signIn();
    await service.person.types(body['window']!, { passcode: '111111' });
    await service.person.types(body['window']!, { passcode: '111111' });
    await service.person.types(body['window']!, { passcode });
    expect(await service.page.outcome(body['id']!)).toMatchObject({ state: 'done' });
  }
  expect((await certificatesIn(card.card))?.state).toBe('ready');
});

test.each([
  ['not the same twice', { passcode, again: '274952', accepts: 'yes' }, 'not the same'],
  ['a run', { passcode: '123456', again: '123456', accepts: 'yes' }, 'harder to guess'],
  ['too short', { passcode: '27495', again: '27495', accepts: 'yes' }, '6 to 8 digits'],
  ['the terms not accepted', { passcode, again: passcode }, 'accept the terms'],
])('a first passcode is asked for again: %s', async (_name, form: Record<string, string>, words) => {
  const card = await service.issue();
  const { body } = await startSetPasscode(card);
  const answer = await service.person.types(body['window']!, form);
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(words) });
  expect(answer.text).toContain('<title>Error: Choose a passcode');
});

test('all that is wrong with a first passcode is said at once, and the terms stay accepted', async () => {
  const { body } = await startSetPasscode(await service.issue());
  const { text } = await service.person.types(body['window']!, { passcode: '123456', again: '1' });
  for (const words of ['harder to guess', 'not the same', 'accept the terms'])
    expect(text).toMatch(new RegExp(`<a href="#\\w+">[^<]*${words}`));
  const kept = await service.person.types(body['window']!, { passcode, again: '1', accepts: 'yes' });
  expect(kept.text).toMatch(/id="accepts"[^>]* checked/);
  expect(kept.text).not.toContain(passcode);
});

async function startSetPasscode({ case: caseId, card }: { case: string; card: string }) {
  const { session } = await service.page.status();
  const what = { purpose: 'set-passcode', case: caseId, card, terms: '3' } as const;
  const { order } = await signOrder(agent.service, what, { secrets: service.stored.get(card)!, session });
  return service.page.start({ operation: 'order', order });
}

test('the card that is asked for is the only one that is touched', async () => {
  const mine = await service.issue({ reader: 'Reader 1' });
  const blank = await agent.drawer.addBlank();
  const about = { case: randomUUID(), card: blank };
  expect((await service.run({ purpose: 'confirm', ...about })).answer).toMatchObject({ refusal: { code: 'NO_CARD' } });
  await agent.drawer.put(blank, 'Reader 2');
  await service.prepare(about.case, blank);
  await agent.drawer.put(null, 'Reader 2');
  expect((await service.run({ purpose: 'set-up', ...about })).answer).toMatchObject({ refusal: { code: 'NO_CARD' } });
  expect((await certificatesIn(mine.card))?.state).toBe('ready');
  service.stored.set(mine.card, service.stored.get(blank)!);
  expect((await service.run({ purpose: 'set-up', case: about.case, card: mine.card })).answer).toMatchObject({
    refusal: { code: 'NOT_BLANK' },
  });
});

test('a certificate for another key is not written', async () => {
  const [one, other] = [await service.issue({ reader: 'Reader 1' }), await service.issue({ reader: 'Reader 2' })];
  const about = { case: one.case, card: one.card };
  const { answer } = await service.run({ purpose: 'write-certificates', ...about, certificates: other.certificates }, { passcode });
  expect(answer).toMatchObject({ state: 'refused', refusal: { code: 'NOT_THE_KEY' } });
  await agent.drawer.put(null, 'Reader 2');
});

test('with two cards in readers the person says which', async () => {
  const [one, other] = [
    await service.issue({ careId: '555000000005', reader: 'Reader 1' }),
    await service.issue({ careId: '555000000006', reader: 'Reader 2' }),
  ];
  const { body } = await service.page.signIn();
  const page = await service.person.get(new URL(body['window']!).pathname);
  expect(page).toContain('5550 0000 0005');
  expect(page).toContain('5550 0000 0006');
  expect((await service.person.types(body['window']!, { passcode, card: '' })).text).toContain('Select the card to use');
  await service.person.types(body['window']!, { passcode, card: other.card });
  const outcome = await service.page.outcome(body['id']!);
  expect(readStatement(outcome.state === 'done' ? outcome.result.statement! : '')!.by.careId).toBe('555000000006');
  await agent.drawer.put(null, 'Reader 2');
  expect(one.card).not.toBe(other.card);
});

test('cancelled, it is over, and the card was not asked', async () => {
  await service.issue();
  const { body } = await service.page.signIn();
  await service.person.types(body['window']!, { cancel: 'yes' });
  expect(await service.page.outcome(body['id']!)).toMatchObject({ refusal: { code: 'CANCELLED' } });
  const late = await service.person.types(body['window']!, { passcode });
  expect(late.text).toContain('Nothing was done');
});
