import type { AskedStore, KeptPasscodes } from './asked.ts';
import type { CardDriver } from './drivers/driver.ts';
import type { Drawer } from './drivers/software.ts';
import type { Session } from './orders.ts';
import type { Origins } from './origins.ts';

/** What every route of the agent works with. */
export interface Parts {
  readonly driver: CardDriver;
  /** Only where the cards are software. */
  readonly drawer: Drawer | null;
  readonly origins: Origins;
  readonly session: Session;
  readonly asked: AskedStore;
  readonly kept: KeptPasscodes;
  readonly complain: (problem: unknown) => void;
}
