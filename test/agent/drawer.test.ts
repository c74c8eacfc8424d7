import { writeHolders } from '../../agent/drivers/card-file.ts';
import type { TestAgent } from '../support/agent.ts';
import { anAgent, aPage, aPerson } from '../support/agent.ts';

let agent: TestAgent;
beforeAll(async () => {
  agent = await anAgent();
});
afterAll(() => agent.close());

const inReaders = async () => (await aPage(agent).status()).readers.map(({ card }) => card?.serial ?? null);
async function press(form: Record<string, string>) {
  const person = aPerson(agent);
  const token = /name="token"\s+value="([^"]+)"/.exec(await person.get('/drawer'))![1]!;
  return person.post('/drawer', { token, ...form });
}

test('a newcomer adds a blank card, puts it in, swaps it and takes it out', async () => {
  expect(await inReaders()).toEqual([null, null]);
  expect((await press({ action: 'add' })).status).toBe(303);
  await press({ action: 'add' });
  const [one, other] = (await agent.drawer.cards()).map(({ serial }) => serial);
  await press({ action: 'put-in', reader: 'Reader 1', card: one! });
  expect(await inReaders()).toEqual([one, null]);
  expect(await aPerson(agent).get('/drawer')).toMatch(new RegExp(`Holds serial ${one}: blank`));
  await press({ action: 'put-in', reader: 'Reader 1', card: other! });
  expect(await inReaders()).toEqual([other, null]);
  await press({ action: 'put-in', reader: 'Reader 2', card: other! });
  expect(await inReaders()).toEqual([null, other]);
  await press({ action: 'take-out', reader: 'Reader 2' });
  expect(await inReaders()).toEqual([null, null]);
});

test('in a demo each card says whose it is', async () => {
  const [card] = await agent.drawer.cards();
  expect(await agent.drawer.holders()).toEqual({});
  await writeHolders(agent.paths.drawer, { [card!.serial]: "Siobhán O'Neill" });
  expect(await aPerson(agent).get('/drawer')).toContain(`<strong>Siobhán O&#39;Neill, serial ${card!.serial}</strong>`);
});

test('nothing is moved by a form that is not its own', async () => {
  const [card] = await agent.drawer.cards();
  const person = aPerson(agent);
  const form = { action: 'put-in', reader: 'Reader 1', card: card!.serial };
  expect((await person.post('/drawer', { token: 'x', ...form })).status).toBe(403);
  expect((await person.post('/drawer', form, { origin: 'http://localhost:4000' })).status).toBe(403);
  expect(await inReaders()).toEqual([null, null]);
});

test('what is not there cannot be moved', async () => {
  expect((await press({ action: 'burn' })).status).toBe(400);
  expect((await press({ action: 'put-in', reader: 'Reader 1', card: 'S-none' })).status).toBe(400);
  expect((await press({ action: 'put-in', reader: '<script>', card: 'S-none' })).status).toBe(400);
});
