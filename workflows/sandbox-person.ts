import { allHandlersFinished, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { By } from '../activities/cause.ts';
import type { Activities } from '../activities/index.ts';
import type { AskedTestPerson, MadeTestPerson } from '../db/sandbox/sandbox-person.ts';
import { firstUpdate } from './first-update.ts';
import type { Answer, Sent } from './sent.ts';

export const makeTestPerson = defineUpdate<Answer<MadeTestPerson>, [Sent, AskedTestPerson]>('submit');

// 10 seconds: twice the database's statement timeout. No limit of attempts: what was accepted must be saved.
const { recordTestPerson } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', retry: { maximumInterval: '30 seconds' } });
// A minute: a card is made in a second, and a page waits for it. It is tried until the drawer or the authentication service is there.
const { equipTestPerson } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumInterval: '30 seconds' } });

/** One test person, from the form until they have what they sign in with. */
export async function sandboxPerson(_id: string, _terms: null): Promise<'ready' | 'refused'> {
  let making: By | undefined;
  let made: MadeTestPerson | undefined;
  let refused = false;
  setHandler(makeTestPerson, async ({ bodyHash, ...by }, asked) => {
    making = by;
    try {
      made ??= await recordTestPerson(asked, by);
      return { bodyHash, answer: made };
    } catch (error) {
      refused = !made;
      throw error;
    }
  });
  await firstUpdate({ came: () => making !== undefined, isSettled: () => made !== undefined || refused });
  if (made && making) await equipTestPerson(made.id, making);
  await condition(allHandlersFinished);
  return made ? 'ready' : 'refused';
}
