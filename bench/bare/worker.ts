/** A worker of the bare workflow, with the same settings as ours. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { serveHealth } from '../../workers/health.ts';

const settings = z
  .object({ TEMPORAL_ADDRESS: z.string(), TASK_QUEUE: z.string(), HEALTH_PORT: z.coerce.number().int() })
  .parse(process.env);
const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
const worker = await Worker.create({
  connection,
  taskQueue: settings.TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
  activities: { doNothing: async (what: string) => what },
});
const health = await serveHealth(settings.HEALTH_PORT, { temporal: () => connection.workflowService.getSystemInfo({}) });

await worker.run(); // until SIGTERM
health.close();
await connection.close();
