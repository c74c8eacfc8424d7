import type { Sandbox } from '../activities/sandbox.ts';
import type { Config } from '../config.ts';

/** Where test people are made. What makes software cards is not even loaded where there is no drawer, as in production. */
export async function sandboxOf({
  ENVIRONMENT,
  SANDBOX_DRAWER: folder,
}: Pick<Config<'workflow-worker'>, 'ENVIRONMENT' | 'SANDBOX_DRAWER'>): Promise<Sandbox | null> {
  if (ENVIRONMENT !== 'dev') return null;
  const { benchReader: reader, layCard } = await import('../agent/drivers/lay-card.ts');
  return { reader, layCard: folder === undefined ? null : (card, make) => layCard(folder, card, make) };
}
