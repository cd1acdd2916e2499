/** The only source of time in the embedded cloud, so that tests can stop it. */
export interface Clock {
  /** The present moment. */
  now(): Date;
  /**
   * Waits.
   * @param ms milliseconds
   * @param signal ends the wait early; the promise then resolves at once
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. Its timers never keep a finished process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      signal?.addEventListener("abort", done, { once: true });
    }),
};
