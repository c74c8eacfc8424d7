import { heartbeat } from '@temporalio/activity';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { RunningWorkflows } from '../adapters/running-workflows.ts';
import { recordCounts } from '../db/open-case/open-case-board.ts';
import { type CaseKey, pageOfKeys, recordLost, recordNobody, recordSwept } from '../db/open-case/open-case-sweep.ts';

const pageSize = 200;

export const openCaseSweepActivities = ({ orm, running }: { orm: MikroORM; running: RunningWorkflows }) => ({
  /**
   * Compares the open cases with who could act and with what runs, and counts them. It writes what it finds and nothing else, so it
   * may run twice, or end in the middle: the next goes over all of them again.
   */
  async sweepOpenCases(): Promise<{ lost: number }> {
    await recordNobody(orm.em.fork());
    heartbeat();
    let lost = 0;
    let after: CaseKey | null = null;
    do {
      const page: Awaited<ReturnType<typeof pageOfKeys>> = await pageOfKeys(orm.em.fork(), after, pageSize);
      const alive = await running(page.map(({ kind, id }) => `${kind}/${id}`));
      for (const { kind, id, lost: marked } of page) {
        const isLost = !alive.has(`${kind}/${id}`);
        if (isLost) lost += 1;
        if (isLost !== marked) await recordLost(orm.em.fork(), { kind, id }, isLost);
      }
      after = page.length === pageSize ? (page.at(-1) ?? null) : null;
      heartbeat();
    } while (after);
    await recordCounts(orm.em.fork());
    await recordSwept(orm.em.fork());
    return { lost };
  },
});

export type OpenCaseSweepActivities = ReturnType<typeof openCaseSweepActivities>;
