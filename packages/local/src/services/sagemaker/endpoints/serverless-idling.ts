import type { Clock } from "../../../clock";
import type { Fleet } from "./fleet";

/** Scales the containers of serverless variants in when nobody asks for them. */
export interface ServerlessIdling {
  /** A request has come. */
  wake(fleet: Fleet, variant: string): void;
  /**
   * A request is done; if it was the last, the variant's containers go after a while.
   * @param keep containers that stay: those of provisioned concurrency
   */
  rest(fleet: Fleet, variant: string, keep: number): void;
}

/**
 * Makes the idling. AWS does not say after how long it scales in; some minutes are what people report.
 * @param idleMs by the cloud's clock
 */
export function serverlessIdling(clock: Clock, idleMs: number): ServerlessIdling {
  const resting = new WeakMap<Fleet, Map<string, AbortController>>();
  const of = (fleet: Fleet) => {
    const known = resting.get(fleet) ?? new Map<string, AbortController>();
    resting.set(fleet, known);
    return known;
  };
  const wake = (fleet: Fleet, variant: string) => {
    of(fleet).get(variant)?.abort();
    of(fleet).delete(variant);
  };
  return {
    wake,
    rest(fleet, variant, keep) {
      wake(fleet, variant);
      if (fleet.inFlight(variant) > 0) return;
      const ending = new AbortController();
      of(fleet).set(variant, ending);
      void clock.sleep(idleMs, ending.signal).then(async () => {
        if (ending.signal.aborted || fleet.inFlight(variant) > 0) return;
        // A container that cannot be ended is no reason to fail; the next request finds it or a new one.
        await fleet.reach({ [variant]: keep }).catch(() => undefined);
      });
    },
  };
}
