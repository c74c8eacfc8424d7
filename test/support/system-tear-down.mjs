/** Stops the service that set-up started, and removes all it kept. */
export default async function tearDownSystem() {
  await globalThis.stopSystem?.();
}
