import type { Store } from "../state/store";
import { createManualClock, type ManualClock } from "./manual-clock";

/** Where a manual clock stood. */
interface ClockRecord {
  /** Epoch milliseconds. */
  readonly now: number;
}

const key = "manual";
/** Real milliseconds between two notes of the time while it moves. */
const noteEveryMs = 1000;

/**
 * A manual clock that goes on where it stood when the state was last open. A finished advance is durable; a process that is
 * killed in the middle of one loses at most what passed in its last real second.
 *
 * @param start where it begins in a state without a clock of its own
 */
export function openKeptClock(store: Pick<Store, "collection">, start: Date | undefined): ManualClock {
  const records = store.collection<ClockRecord>("clock");
  const kept = records.get(key)?.now;
  let noted = Date.now();
  const note = (now: Date) => records.put(key, { now: now.getTime() });
  const clock = createManualClock({
    ...(kept === undefined ? start && { start } : { start: new Date(Math.max(kept, start?.getTime() ?? 0)) }),
    onMove(now) {
      if (Date.now() - noted < noteEveryMs) return;
      noted = Date.now();
      // The end of the advance writes again and says when it cannot.
      note(now).catch(() => undefined);
    },
  });
  return {
    ...clock,
    get busy() {
      return clock.busy;
    },
    async advance(ms, options) {
      try {
        return await clock.advance(ms, options);
      } finally {
        await note(clock.now());
      }
    },
  };
}
