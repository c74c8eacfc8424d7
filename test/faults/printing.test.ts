import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuditRow } from '../../db/audit.ts';
import { CardIssueRow } from '../../db/smartcard/card-issue.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PrintJobRow } from '../../db/smartcard/print-job.ts';
import { eventually } from '../support/eventually.ts';
import { type Faults, type SignedIn, startFaults } from '../support/faults.ts';
import { aPhotographedPerson } from '../support/photographed.ts';

let faults: Faults;
let agent: SignedIn;
beforeAll(async () => {
  faults = await startFaults();
  agent = await faults.signedIn('Asha Patel');
});
afterAll(() => faults.stop());
afterEach(() => faults.on('card printer'));

const cardPrinter = '00000000-0000-4000-8000-0000000000f1';
/** Each card that came out of the printer is a file. */
const cards = () => readdirSync(join(dirname(process.env['TEST_SYSTEM']!), 'printer', 'printed')).length;

/** A card issue that is about to be printed. @returns its id, and what presses the button */
async function readyToPrint() {
  const { id: person } = await aPhotographedPerson(faults.orm);
  const start = await agent.get(`/people/${person}/card-issue`);
  const page = await agent.send(start, `/people/${person}/card-issues`);
  const id = new URL(page.url).pathname.split('/').at(-1)!;
  return { id, print: () => agent.send(page, `/card-issues/${id}/print`, { printer: cardPrinter }) };
}
const issueOf = (id: string) => faults.orm.em.fork().findOneOrFail(CardIssueRow, { id });
const jobsOf = (id: string) => faults.orm.em.fork().find(PrintJobRow, { caseId: `card-issue/${id}` });
const isAt = (id: string, stage: string, withinMs = 90_000) =>
  eventually(async () => expect((await issueOf(id)).stage).toBe(stage), withinMs);
const jobIs = (id: string, ...states: string[]) => eventually(async () => expect(states).toContain((await jobsOf(id))[0]?.state), 60_000);

test('the job worker is killed while a card is printed: the printer is asked, and nothing is printed again', async () => {
  const { id, print } = await readyToPrint();
  const before = cards();
  await print();
  await jobIs(id, 'sending', 'printing', 'printed');
  await faults.crash('job-worker');
  await isAt(id, 'printed');
  expect(cards()).toBe(before + 1);
  expect(await faults.orm.em.fork().count(AuditRow, { caseId: `card-issue/${id}`, what: 'print-job.sending' })).toBe(1);
});

test('killed between printing and saving that it printed, with a printer that has forgotten: the agent at the printer is asked', async () => {
  const { id, print } = await readyToPrint();
  await faults.off('card printer');
  await print();
  await jobIs(id, 'queued');
  await faults.off('job-worker');
  const before = cards();
  // What a job worker leaves that dies after it sent the card; the printer was switched off and on since.
  await faults.orm.em
    .fork()
    .nativeUpdate(PrintJobRow, { caseId: `card-issue/${id}` }, { state: 'sending', printerJobId: 77, leasedUntil: null });
  await faults.on('card printer');
  await faults.on('job-worker');

  await isAt(id, 'asking-whether-printed');
  expect(cards()).toBe(before);
  expect((await agent.get(`/card-issues/${id}`)).text).toContain('Was the card printed?');
  expect(await jobsOf(id)).toMatchObject([{ state: 'unknown' }]);
});

test('Redis emptied and the workflow worker killed while a card waits for its printer: it is printed once', async () => {
  const { id, print } = await readyToPrint();
  await faults.off('card printer');
  const before = cards();
  await print();
  await eventually(async () => {
    expect(await faults.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({ failingError: 'PrinterUnreachable' });
  }, 30_000);
  await faults.redis.flushall();
  await faults.crash('workflow-worker');
  await faults.on('card printer');
  await isAt(id, 'printed', 120_000);
  expect(cards()).toBe(before + 1);
  expect(await faults.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({ failingSince: null });
});
