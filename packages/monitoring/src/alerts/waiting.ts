import { canWait, holdUntil, targetState } from "./claim";
import type { Alerts } from "./config";
import { quietUntil } from "./quiet-hours";
import type { AlertState, Delivery } from "./state";

/**
 * Why a message waits. `refused`: its target does not let us in, or its secret cannot be read, until somebody mends that; `failing`: its
 * target does not answer as it should; `quiet`: quiet hours; `limit`: so many an hour; `due`: it goes out next.
 */
export type WaitingReason = "refused" | "failing" | "quiet" | "limit" | "due";

/** A message that waits, and why. */
export interface Waiting {
  readonly delivery: Delivery;
  readonly reason: WaitingReason;
  /** What the target said. @default null: nobody asked it */
  readonly because: string | null;
  /** When it is tried next. @default null: with the next delivery */
  readonly until: string | null;
}

/** What waits, in its order, and why. Without `alerts`, quiet hours and limits are not known. */
export function waitingOf(state: AlertState, now: Date, alerts?: Alerts): Waiting[] {
  return state.outbox.map((delivery) => {
    const { target } = delivery;
    const { pausedUntil = "", refused } = targetState(state, target);
    // Who waits behind another hears what that one was told.
    const first = state.outbox.findLast((each) => each.target === target && each.error !== undefined);
    const because = first?.error ?? null;
    const later = [delivery.due ?? "", pausedUntil].filter((moment) => moment > now.toISOString()).sort();
    if (refused !== undefined) return { delivery, reason: "refused", because, until: null };
    if (later.length > 0) return { delivery, reason: "failing", because, until: later.at(-1) ?? null };
    const held = alerts === undefined || !canWait(delivery) ? undefined : holdUntil(state, target, alerts, now);
    if (held === undefined) return { delivery, reason: "due", because, until: null };
    const reason = quietUntil(alerts?.quietHours, now) === undefined ? "limit" : "quiet";
    return { delivery, reason, because, until: held.toISOString() };
  });
}
