/** How many wait: counted as far as anybody works through. */
export const mostCounted = 1000;

/** @param n of a count that stops one above mostCounted */
export const countInWords = (n: number): string =>
  n > mostCounted ? `more than ${mostCounted.toLocaleString('en-GB')}` : n.toLocaleString('en-GB');
