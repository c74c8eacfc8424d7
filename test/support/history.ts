/** Histories of workflows as they ran once: old cases must still replay on the code of today. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import type { Service } from './service.ts';

/** Opens what the saved histories hold: ids of a test's own, and nothing else. */
export const historyKey = Buffer.alloc(32, 7);

const folder = fileURLToPath(new URL('../workflows/histories/', import.meta.url));

const { History } = proto.temporal.api.history.v1;

export interface SavedHistory {
  /** As `<kind>/<id>`. */
  workflowId: string;
  history: proto.temporal.api.history.v1.IHistory;
}

/** By the names of their files, without `.json`. */
export const savedHistories = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

export function readHistory(name: string): SavedHistory {
  const { workflowId, history } = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as { workflowId: string; history: string[] };
  return { workflowId, history: History.decode(Buffer.from(history.join(''), 'base64')) };
}

/**
 * As Temporal's own protobuf in base64, in lines that a review can scroll past.
 *
 * @param name begins with the kind of case: `position-request.approved`
 */
export async function saveHistory({ deps }: Service, name: string, workflowId: string): Promise<void> {
  const bytes = History.encode(await deps.temporal.workflow.getHandle(workflowId).fetchHistory()).finish();
  const history = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,120}/g);
  await writeFile(`${folder}${name}.json`, `${JSON.stringify({ workflowId, history }, null, 2)}\n`);
}
