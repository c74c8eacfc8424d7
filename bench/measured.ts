/** How every benchmark measures: one call after another, or so many at once; percentiles by nearest rank. */

export interface Times {
  /** In milliseconds. */
  p50: number;
  p95: number;
  p99: number;
}

/** @param ms at least one */
export function timesOf(ms: readonly number[]): Times {
  const sorted = ms.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** How long one call takes, in milliseconds. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** Acts once for each item, so many at once. @returns how many were done a second */
export async function rateOf<T>(items: readonly T[], inFlight: number, act: (item: T) => Promise<unknown>): Promise<number> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  const ms = await timed(() => Promise.all(Array.from({ length: inFlight }, worker)));
  return (items.length * 1000) / ms;
}

export const middleOf = (numbers: readonly number[]): number => timesOf(numbers).p50;
