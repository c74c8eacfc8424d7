/**
 * A thread beside the decoding one, which native code may hold for seconds: it ends the process as soon as it holds more memory than it may.
 * Resident memory, because the heap's own limit does not count what sharp and WebAssembly take.
 */
import { workerData } from 'node:worker_threads';

const { memoryBytes } = workerData as { memoryBytes: number };

setInterval(() => {
  if (process.memoryUsage.rss() > memoryBytes) process.kill(process.pid, 'SIGKILL');
}, 10);
