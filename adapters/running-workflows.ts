/** Which of some workflows are running. Temporal's list lags a little behind, so what it lacks is asked for one by one. */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';

/** Resolves to those of the ids that run. */
export type RunningWorkflows = (workflowIds: readonly string[]) => Promise<Set<string>>;

const safe = /^[a-z0-9-]+\/[0-9a-f-]+$/;

export const createRunningWorkflows =
  ({ workflow }: Client): RunningWorkflows =>
  async (workflowIds) => {
    const asked = workflowIds.filter((id) => safe.test(id)); // they are written into a query
    const running = new Set<string>();
    if (asked.length === 0) return running;
    const query = `ExecutionStatus = 'Running' and WorkflowId in (${asked.map((id) => `'${id}'`).join(', ')})`;
    for await (const { workflowId } of workflow.list({ query, pageSize: asked.length })) running.add(workflowId);
    for (const id of asked.filter((each) => !running.has(each))) if (await isRunning(workflow, id)) running.add(id);
    return running;
  };

async function isRunning(workflow: Client['workflow'], id: string): Promise<boolean> {
  try {
    return (await workflow.getHandle(id).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
