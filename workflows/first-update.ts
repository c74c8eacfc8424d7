import { condition } from '@temporalio/workflow';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Waits until the update that a case begins with is saved or refused. A day at most for it to come: a start whose update was lost on the way
 * must not stay open for ever. One that came is saved, however long that takes.
 */
export async function firstUpdate({ came, isSettled }: { came: () => boolean; isSettled: () => boolean }): Promise<void> {
  const hasCome = await condition(came, dayMs);
  await condition(() => !hasCome || isSettled());
}
