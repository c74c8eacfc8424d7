/**
 * Printing a card: what can be known of it. Nobody can ask a printer what lies in its tray, so what is not known is said.
 * queued: nothing has gone to the printer · creating: the printer may hold a job without a card · sending: a card may be printing
 * printing: the printer has all of it · printed, failed: the printer said so · unknown: somebody has to look
 */
export const printStates = ['queued', 'creating', 'sending', 'printing', 'printed', 'failed', 'unknown'] as const;
export type PrintState = (typeof printStates)[number];

/** After these the lane has nothing more to do. */
export const endedPrintStates = ['printed', 'failed', 'unknown'] as const satisfies readonly PrintState[];
export type EndedPrintState = (typeof endedPrintStates)[number];

export const isEnded = (state: PrintState): state is EndedPrintState => endedPrintStates.some((ended) => ended === state);

/** Whether a card may have come out: then nothing is printed again unless the agent at the printer says so. */
export const mayHavePrinted = (state: PrintState): boolean => state === 'sending' || state === 'printing' || state === 'unknown';
