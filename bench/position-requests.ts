/**
 * Whole position requests a second: asked for (update with start), approved, recorded with a role profile, audited, the workflow over;
 * against a bare workflow with the same two updates and two activities, and nothing in them.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { bareTaskQueue, startBareWorker } from './bare/start.ts';
import { firstStep, secondStep, twoSteps } from './bare/workflow.ts';
import { middleOf, rateOf } from './measured.ts';
import { checkRound, createAsking, makeBeneficiaries } from './position-requests/asking.ts';
import { startUsing, usedSince } from './processor.ts';
import type { Sizes } from './sizes.ts';
import type { System } from './system.ts';
import { type Finding, ms, perSecond, ratio, verdict } from './table.ts';

const aim = 0.5;
const warmUps = 20;

interface Round {
  /** Whole cases a second. */
  rate: number;
  /** What the worker used of the processor for each, in milliseconds. */
  workerMs: number;
}

export async function measurePositionRequests(system: System, { positionRequests }: Sizes): Promise<Finding[]> {
  const { rounds, perRound, inFlight } = positionRequests;
  await system.only('workflow-worker');
  const bare = await startBareWorker({ folder: system.folder, temporal: system.places.temporal });
  const connection = await Connection.connect({ address: system.places.temporal });
  try {
    const temporal = new Client({ connection });
    const pidOf = system.running.switches().find(({ name }) => name === 'workflow-worker')?.pid ?? 0;
    const ours = () => measureOurs(system, { count: perRound, inFlight, worker: pidOf });
    const theirs = () => measureBare(temporal, { count: perRound, inFlight, worker: bare.pid });
    await measureOurs(system, { count: warmUps, inFlight, worker: pidOf });
    await measureBare(temporal, { count: warmUps, inFlight, worker: bare.pid });
    const found: Array<{ ours: Round; bare: Round }> = [];
    for (let round = 0; round < rounds; round++) found.push({ ours: await ours(), bare: await theirs() });
    return [findingOf(found, { perRound, inFlight })];
  } finally {
    await connection.close();
    await bare.stop();
  }
}

interface Load {
  count: number;
  inFlight: number;
  /** Process id. */
  worker: number;
}

async function measureOurs({ deps }: System, { count, inFlight, worker }: Load): Promise<Round> {
  const beneficiaries = await makeBeneficiaries(deps, count);
  const used = startUsing(worker);
  const rate = await rateOf(beneficiaries, inFlight, createAsking(deps));
  const workerMs = usedSince(used) / count;
  await checkRound(deps, beneficiaries);
  return { rate, workerMs };
}

async function measureBare({ workflow }: Client, { count, inFlight, worker }: Load): Promise<Round> {
  const ids = Array.from({ length: count }, () => `bare/${randomUUID()}`);
  const used = startUsing(worker);
  const rate = await rateOf(ids, inFlight, async (workflowId) => {
    const startWorkflowOperation = new WithStartWorkflowOperation(twoSteps, {
      taskQueue: bareTaskQueue,
      workflowId,
      args: [],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    await workflow.executeUpdateWithStart(firstStep, { args: ['ask'], updateId: 'ask', startWorkflowOperation });
    await workflow.getHandle(workflowId).executeUpdate(secondStep, { args: ['approve'], updateId: 'approve' });
  });
  const workerMs = usedSince(used) / count;
  await Promise.all(ids.map((id) => workflow.getHandle(id).result()));
  return { rate, workerMs };
}

function findingOf(
  found: ReadonlyArray<{ ours: Round; bare: Round }>,
  { perRound, inFlight }: { perRound: number; inFlight: number },
): Finding {
  const row = (name: string, rounds: readonly Round[]) => [
    name,
    perSecond(middleOf(rounds.map(({ rate }) => rate))),
    rounds.map(({ rate }) => perSecond(rate)).join(', '),
    ms(middleOf(rounds.map(({ workerMs }) => workerMs))),
  ];
  const share = middleOf(found.map(({ ours, bare }) => ours.rate / bare.rate));
  return {
    title: 'Position requests',
    columns: ['', 'a second', 'each round', 'worker processor each'],
    rows: [
      row(
        'asked for, approved, recorded, audited',
        found.map(({ ours }) => ours),
      ),
      row(
        'bare workflow of as many steps',
        found.map(({ bare }) => bare),
      ),
    ],
    words: [
      `Ratio, the middle of its rounds: ${ratio(share)}`,
      verdict(share >= aim, `at least ${ratio(aim)}`),
      `${found.length} rounds of ${perRound}, ${inFlight} at once; one worker process each; one client process`,
    ],
  };
}
