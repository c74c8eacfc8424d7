/** The passcode of a smartcard: what its holder may choose. Asked by the agent, which alone ever sees one. */

/** 6 to 8 digits, as the national cards have it. */
const shape = /^\d{6,8}$/;

export type PasscodeFault = 'SHAPE' | 'SIMPLE';

/** Words for the person who chose it. */
export const passcodeFaults: Record<PasscodeFault, string> = {
  SHAPE: 'Passcode must be 6 to 8 digits',
  SIMPLE: 'Choose a passcode that is harder to guess: not a run such as 123456, and not a repeat such as 111111 or 121212',
};

/** Null when the holder may have it. Refuses runs up or down, and one to four digits said again and again. */
export function passcodeFault(passcode: string): PasscodeFault | null {
  if (!shape.test(passcode)) return 'SHAPE';
  return isRun(passcode) || isRepeat(passcode) || isDoubled(passcode) ? 'SIMPLE' : null;
}

/** Every digit follows from the one before by the same step of one, 9 and 0 being neighbours: 456789, 890123, 543210. */
function isRun(passcode: string): boolean {
  const steps = new Set(
    Array.from(passcode)
      .slice(1)
      .map((digit, index) => (10 + Number(digit) - Number(passcode[index])) % 10),
  );
  return steps.size === 1 && (steps.has(1) || steps.has(9));
}

/** 000000, 121212, 123123, 1231231, 12341234. */
const isRepeat = (passcode: string) =>
  [1, 2, 3, 4].some((length) => passcode === passcode.slice(0, length).repeat(passcode.length).slice(0, passcode.length));

/** A run or a repeat with each digit pressed twice, 112233, or with a single stray digit, 1111112. */
function isDoubled(passcode: string): boolean {
  const counts = Array.from(new Set(passcode)).map((digit) => passcode.split(digit).length - 1);
  if (Math.max(...counts) >= passcode.length - 1) return true;
  const singles = passcode.replace(/(\d)\1/g, '$1');
  return singles.length * 2 === passcode.length && isRun(singles);
}
