/** A service with a sandbox: cards of its test people lie in a drawer of the test's own. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchReader, layCard } from '../../agent/drivers/lay-card.ts';
import { claimEnvironment } from '../../db/environment.ts';
import { loadReferenceData } from '../../db/organisation/reference.ts';
import { startService } from './service.ts';

export const sandboxIn = (folder: string) => ({
  reader: benchReader,
  layCard: (card: { serial: string; holder: string }, make: Parameters<typeof layCard>[2]) => layCard(folder, card, make),
});

/** A service with a sandbox. @param reaching what its activities reach besides */
export async function startSandbox(reaching: NonNullable<Parameters<typeof startService>[0]>['reaching'] = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'care-sandbox-'));
  const service = await startService({ reaching: { sandbox: sandboxIn(folder), ...reaching } });
  await claimEnvironment(service.orm.em.fork(), 'dev');
  await loadReferenceData(service.orm.em.fork());
  // Others that use this database after it know codes by no name.
  const stop = async () => {
    await service.orm.em.fork().execute('delete from code_name');
    await service.stop();
  };
  return { ...service, folder, stop };
}
