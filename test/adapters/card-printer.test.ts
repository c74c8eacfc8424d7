import { createServer } from 'node:http';
import { askJob, askPrinter, cancelJob, createJob, findJobs, sendCard } from '../../adapters/card-printer.ts';
import { freePort } from '../../dev/services/ports.ts';
import { aCard, aRealPrinter, type RealPrinter } from '../support/printing.ts';

let printer: RealPrinter;
const at = () => ({ id: 'printer-1', ippUrl: printer.url });
beforeAll(async () => void (printer = await aRealPrinter()));
afterAll(() => printer.stop());

test('a printer is asked, a job made, its card sent and followed to the end', async () => {
  expect(await askPrinter(at())).toEqual({ state: 'idle', reasons: [] });
  const job = await createJob(at(), 'card-issue/1 print-1');
  expect(await findJobs(at(), 'card-issue/1 print-1')).toEqual([job]);
  expect(await askJob(at(), job, 'card-issue/1 print-1')).toMatchObject({ is: 'waiting' });
  await sendCard(at(), job, await aCard());
  await expect(sendCard(at(), job, await aCard())).rejects.toMatchObject({ thing: 'printer-1' });
  let seen = await askJob(at(), job, 'card-issue/1 print-1');
  for (let tries = 0; seen.is === 'working' && tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = await askJob(at(), job, 'card-issue/1 print-1');
  }
  expect(seen).toMatchObject({ is: 'completed' });
  expect(printer.printed()).toBe(1);
});

test('a number that is another’s job, or nobody’s, is forgotten; cancelling what is over is no error', async () => {
  const job = await createJob(at(), 'theirs');
  expect(await askJob(at(), job, 'ours')).toEqual({ is: 'forgotten' });
  expect(await askJob(at(), 999, 'ours')).toEqual({ is: 'forgotten' });
  await cancelJob(at(), job);
  await cancelJob(at(), job);
  await cancelJob(at(), 999);
  expect(await askJob(at(), job, 'theirs')).toMatchObject({ is: 'canceled' });
});

test('a second job while one waits for its card: busy', async () => {
  const job = await createJob(at(), 'first');
  await expect(createJob(at(), 'second')).rejects.toMatchObject({ name: 'PrinterBusy', thing: 'printer-1' });
  await cancelJob(at(), job);
});

/** Something else than a printer. */
async function somethingElse(answer: (res: import('node:http').ServerResponse) => void) {
  const port = await freePort();
  const server = createServer((_req, res) => answer(res));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { printer: { id: 'p', ippUrl: `ipp://127.0.0.1:${port}/ipp/print` }, close: () => server.close() };
}

test.each([
  ['a web page', (res: import('node:http').ServerResponse) => void res.end('<html></html>'), 'PrinterNotUnderstood'],
  ['nothing at all', (res: import('node:http').ServerResponse) => void res.end(), 'PrinterNotUnderstood'],
  ['no such page', (res: import('node:http').ServerResponse) => void res.writeHead(404).end(), 'PrinterNotUnderstood'],
  ['come back later', (res: import('node:http').ServerResponse) => void res.writeHead(503).end(), 'PrinterBusy'],
  ['a line that breaks', (res: import('node:http').ServerResponse) => void res.destroy(), 'PrinterUnreachable'],
])('%s instead of an answer is classed', async (_what, answer, name) => {
  const other = await somethingElse(answer);
  await expect(askPrinter(other.printer)).rejects.toMatchObject({ name, thing: 'p' });
  other.close();
});

test('nothing there: unreachable', async () => {
  await expect(askPrinter({ id: 'p', ippUrl: `ipp://127.0.0.1:${await freePort()}/ipp/print` })).rejects.toMatchObject({
    name: 'PrinterUnreachable',
  });
});
