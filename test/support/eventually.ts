/** Waits until what was set going has happened: timers fire, workers act, letters arrive. */
export async function eventually(check: () => Promise<void> | void, withinMs = 5000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
