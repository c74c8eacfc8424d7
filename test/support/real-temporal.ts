import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/services/ports.ts';
import { startTemporal } from '../../dev/services/temporal.ts';
import { type Service, startService } from './service.ts';

/**
 * A service of the test file's own on a real Temporal server: the time-skipping one knows no resetActivity, no list and no schedules.
 */
export async function startServiceOnRealTemporal(): Promise<Service & { server: Awaited<ReturnType<typeof startTemporal>> }> {
  const folder = mkdtempSync(join(tmpdir(), 'temporal-'));
  const server = await startTemporal({ port: await freePort(), uiPort: await freePort(), folder });
  const shared = process.env['TEST_TEMPORAL_ADDRESS'];
  process.env['TEST_TEMPORAL_ADDRESS'] = server.address;
  const service = await startService().finally(() => void (process.env['TEST_TEMPORAL_ADDRESS'] = shared));
  const stop = async () => {
    await service.stop();
    await server.stop();
  };
  return { ...service, server, stop };
}
