/**
 * What a manager can do to any open case. Every workflow of a case (id `<kind>/<id>`) answers these three by `answerCase`.
 * Retry now needs no answer: it resets pending activities (commands/open-case.ts).
 */
import { defineUpdate, setHandler } from '@temporalio/workflow';
import type { By } from '../activities/cause.ts';
import { Refusal } from '../domain/refusal.ts';
import { refusing } from './refusing.ts';
import type { Answer, Sent } from './sent.ts';

/** Tells once more whom the case waits for. */
export const remindCase = defineUpdate<Answer<null>, [Sent]>('remind-case');
/** Gives the case to somebody else, by the rules of its kind. */
export const handCaseTo = defineUpdate<Answer<null>, [Sent, { to: string }]>('hand-case-to');
/** Ends the case. The reason, who asked and who agreed are in the row of table case_ending that this names. */
export const endCase = defineUpdate<Answer<null>, [Sent, { ending: string }]>('end-case');

export interface CaseActs {
  remind: (by: By) => Promise<void>;
  /** Left out by a kind that nobody in particular has. */
  handTo?: (to: string, by: By) => Promise<void>;
  /**
   * Ends what the case waits for and undoes what must not stay, in an activity that calls `recordEnding` (db/open-case/case-ending.ts)
   * in the transaction that closes the open case; then lets the workflow complete.
   */
  end: (ending: string, by: By) => Promise<void>;
}

/** Sets the handlers. Each act takes its own turn, as other updates of the workflow do. */
export function answerCase({ remind, handTo, end }: CaseActs): void {
  setHandler(remindCase, async ({ bodyHash, ...by }) => {
    await remind(by);
    return { bodyHash, answer: null };
  });
  setHandler(handCaseTo, async ({ bodyHash, ...by }, { to }) => {
    if (!handTo) return refusing(noHandOver);
    await handTo(to, by);
    return { bodyHash, answer: null };
  });
  setHandler(endCase, async ({ bodyHash, ...by }, { ending }) => {
    await end(ending, by);
    return { bodyHash, answer: null };
  });
}

function noHandOver(): never {
  throw new Refusal('WRONG_STATE', 'Nobody in particular has this case, so it cannot be handed over');
}
