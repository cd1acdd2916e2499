/**
 * Waits for what another process or a timer brings about: looks every few milliseconds, and for far longer than it
 * takes, so that no test depends on how fast its machine is.
 *
 * @throws Error that repeats the condition when it does not come to hold within half a minute
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited half a minute in vain for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
