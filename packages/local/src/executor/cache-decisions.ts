import { replay } from "./advance";
import type { ExecutionEvent } from "./events";
import type { CacheOutcome } from "./state";

/** What became of one step's look into the cache. */
export interface CacheDecision {
  readonly step: string;
  readonly outcome: CacheOutcome;
}

/**
 * Hit or miss of every step of an execution that asked the cache, and why, from the events of its journal
 * (`executions/<id>/journal.jsonl` in the state folder), in the order in which the steps began.
 */
export function cacheDecisions(events: Iterable<ExecutionEvent>): CacheDecision[] {
  const state = replay(events);
  return Object.entries(state?.steps ?? {})
    .filter(([, step]) => step.cache !== undefined)
    .sort(([, a], [, b]) => (a.startedAt ?? 0) - (b.startedAt ?? 0))
    .map(([step, { cache }]) => ({ step, outcome: cache as CacheOutcome }));
}
