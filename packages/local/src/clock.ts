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
  /**
   * Says that something takes real time: a process, a container that starts, a request to another program. A clock that
   * is advanced by hand stands still until it is done. Never wrap anything that itself sleeps on this clock.
   * @param what for people: "training job churn-1"
   * @returns the work's own promise
   */
  during<T>(what: string, work: Promise<T>): Promise<T>;
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
      const end = Date.now() + ms;
      let timer: NodeJS.Timeout;
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      // A Node timer holds 24.8 days at most; a longer wait is several.
      const wait = () => {
        const left = end - Date.now();
        timer = setTimeout(left > longestTimerMs ? wait : done, Math.min(Math.max(left, 0), longestTimerMs));
        timer.unref();
      };
      wait();
      signal?.addEventListener("abort", done, { once: true });
    }),
  during: (_what, work) => work,
};

const longestTimerMs = 2 ** 31 - 1;
