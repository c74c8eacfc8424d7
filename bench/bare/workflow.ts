/** What a position request is without the request: begun with an update, one step; another update, another step; over. */
import { allHandlersFinished, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

export const firstStep = defineUpdate<string, [string]>('first');
export const secondStep = defineUpdate<string, [string]>('second');

const { doNothing } = proxyActivities<{ doNothing(what: string): Promise<string> }>({ startToCloseTimeout: '10 seconds' });

export async function twoSteps(): Promise<void> {
  let done = 0;
  const step = async (what: string): Promise<string> => {
    const answer = await doNothing(what);
    done++;
    return answer;
  };
  setHandler(firstStep, step);
  setHandler(secondStep, step);
  await condition(() => done === 2 && allHandlersFinished());
}
