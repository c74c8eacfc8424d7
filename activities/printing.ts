import { Context } from '@temporalio/activity';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { PrintLanes } from '../adapters/lane.ts';
import { findPrintJob } from '../db/smartcard/print-job.ts';
import { type EndedPrintState, isEnded } from '../domain/print-job.ts';

export interface PrintingDeps {
  orm: MikroORM;
  lanes: PrintLanes;
}

/** A card could not be printed now. Its name is the class that the lane saw; `thing` is the printer. */
export class PrintFailed extends Error {
  override readonly name: string;
  readonly thing: string;

  constructor(name: string, printer: string) {
    super('The card could not be printed');
    this.name = name;
    this.thing = printer;
  }
}

const lookEveryMs = 1000;
/** Again and again, because a Redis that was emptied has forgotten it. Adding what is there does nothing. */
const addEvery = 5;

export const printingActivities = ({ orm, lanes }: PrintingDeps) => ({
  /**
   * Puts a print job in its printer's lane and waits until it is over. Safe to retry: the row says what was done, and the lane never
   * prints again what may have been printed.
   *
   * @returns how it ended; `unknown`: somebody has to look whether a card came out
   * @throws {PrintFailed} when the lane could not go on; the next attempt tries again
   */
  async printCard(id: string): Promise<EndedPrintState> {
    const context = Context.current();
    const triedBefore = (await findPrintJob(orm.em.fork(), id)).attempts;
    for (let round = 0; ; round += 1) {
      context.heartbeat();
      const { state, printer, attempts, error } = await findPrintJob(orm.em.fork(), id);
      if (isEnded(state)) return state;
      if (attempts > triedBefore) throw new PrintFailed(error ?? 'Error', printer);
      if (round % addEvery === 0) await lanes.add(printer, id);
      await context.sleep(lookEveryMs);
    }
  },
});

export type PrintingActivities = ReturnType<typeof printingActivities>;
