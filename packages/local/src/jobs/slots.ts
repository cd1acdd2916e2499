/** A number of places that jobs take turns in, first come, first served. */
export interface Slots {
  /**
   * Waits for a place.
   * @returns gives the place back; calling it twice does nothing more
   * @throws the signal's reason when it is aborted first
   */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** Makes `count` places. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const release = () => {
    free++;
    const next = waiting.values().next().value;
    if (next) {
      waiting.delete(next);
      next();
    }
  };
  const place = (): (() => void) => {
    free--;
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) return place();
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        const leave = () => {
          waiting.delete(go);
          reject(signal?.reason);
        };
        waiting.add(go);
        signal?.addEventListener("abort", leave, { once: true });
      });
      return place();
    },
  };
}
