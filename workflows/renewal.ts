import { allHandlersFinished, condition, continueAsNew, defineUpdate, proxyActivities, setHandler, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { RenewalWork } from '../activities/renewal.ts';
import type { RenewalTerms } from '../domain/certificate.ts';
import { nothingHere } from '../domain/refusal.ts';
import { isRenewalOver, type Renewal } from '../domain/renewal.ts';
import { answerCase } from './case.ts';
import { refusing } from './refusing.ts';
import type { Answer, Sent } from './sent.ts';
import { oneAtATime } from './turns.ts';

export const workOnRenewal = defineUpdate<Answer<Renewal>, [Sent, Omit<RenewalWork, 'id'>]>('work');

// 10 seconds: twice the database's statement timeout. No limit of attempts: what was accepted must be saved, however
// long the database is away. A minute at most between tries: a person is waiting.
const { openRenewal, remindOfRenewal, remindOfRenewalNow, recordRenewalWork, signCertificates, endRenewal } = proxyActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumInterval: '1 minute' },
});

/** So many reminders, and the history is begun anew. */
const remindersAHistory = 200;

/**
 * The renewal of one certificate, from its last days until new ones are confirmed, the card or the person ends, or a manager ends it.
 * The rows are the truth and are judged where they are saved, because a sign-in and the end of a card change them too: begun again,
 * it goes on from them.
 *
 * @param _again the mark of one history of this case (workflows/again.ts)
 */
export async function renewal(certificate: string, terms: RenewalTerms, _again?: string): Promise<'over' | 'not in use'> {
  const { turn } = oneAtATime();
  let isOver = false;
  // Before the handlers: an update that came with the start runs as soon as its handler is there.
  const opened = openRenewal(certificate);
  const idOf = async () => {
    const id = await opened;
    return refusing(() => id ?? refuseNothing());
  };

  setHandler(workOnRenewal, async ({ bodyHash, ...by }, work) => {
    const answer = await turn(async () => {
      const toDo = { ...work, id: await idOf() };
      if (work.action === 'make-keys') await signCertificates({ kind: 'renewal', id: toDo.id, nonce: work.nonce }, by);
      return recordRenewalWork(toDo, by);
    });
    isOver ||= isRenewalOver(answer.stage);
    return { bodyHash, answer };
  });
  answerCase({
    remind: (by) => turn(async () => remindOfRenewalNow(await idOf(), by)),
    end: (ending, by) =>
      turn(async () => {
        await endRenewal(await idOf(), ending, by);
        isOver = true;
      }),
  });

  const id = await opened;
  if (id === null) return 'not in use';
  for (let reminders = 0; !isOver; reminders++) {
    if (reminders === remindersAHistory) {
      await condition(allHandlersFinished);
      if (!isOver) await continueAsNew<typeof renewal>(certificate, terms, uuid4().slice(-12));
    }
    const reminded = await remindOfRenewal(id, terms);
    if (reminded.over) break;
    await condition(() => isOver, Math.max(1, Date.parse(reminded.next) - Date.now()));
  }
  await condition(allHandlersFinished);
  return 'over';
}

function refuseNothing(): never {
  throw nothingHere();
}
