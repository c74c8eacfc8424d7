/**
 * Old cases must go on with the code of today. To save how a new kind of workflow, or a new path through one, runs:
 * SAVE_HISTORIES=position-request npm test -- test/workflows/replay. Never to make a replay pass: open cases began with the old code.
 */
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { temporalData } from '../../adapters/temporal-data.ts';
import { historyKey, readHistory, type SavedHistory, savedHistories } from '../support/history.ts';
import { kinds } from './histories/kinds.ts';

// Its workflows run in a thread of their own, as in work. In this one the SDK would hook every promise of the process, those of later test files
// too: it sets debugMode unless it is given, which its types leave out.
const inOwnThread = { debugMode: false };

const replay = ({ workflowId, history }: SavedHistory) =>
  Worker.runReplayHistory(
    {
      workflowBundle: { codePath: process.env['TEST_WORKFLOWS']! },
      dataConverter: temporalData(historyKey),
      replayName: workflowId.replace('/', '-'),
      ...inOwnThread,
    },
    history,
    workflowId,
  );

const toSave = process.env['SAVE_HISTORIES'];
if (toSave) {
  test(`${toSave} is run and its histories are saved`, async () => {
    const { startService } = await import('../support/service.ts');
    const service = await startService({ payloadKey: historyKey });
    await kinds[toSave]!(service).finally(() => service.stop());
  }, 120_000);
} else Runtime.install({ logger: new DefaultLogger('ERROR') });

test.each(savedHistories())('a case that ran as %s did still replays', async (name) => {
  await replay(readHistory(name));
});

test('a workflow that would have done something else is found', async () => {
  const other = readHistory('position-request.approved');
  const scheduled = other.history.events!.flatMap(({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType ?? []);
  for (const activityType of scheduled) activityType.name = 'recordSomethingElse';
  await expect(replay(other)).rejects.toThrow(/nondetermin|non-determin/i);
});

test('every kind of workflow that can be saved has a saved history', () => {
  const saved = savedHistories().map((name) => name.split('.')[0]);
  expect(Object.keys(kinds).filter((kind) => !saved.includes(kind))).toEqual([]);
});
