import type { Draft } from "./draft";
import { outcomeOf } from "./outcome";
import { planOf } from "./plan";
import { readinessOf } from "./readiness";
import { isActive } from "./state";
import { beginStep } from "./step-course";

/** Starts what may start, skips what will never run, and ends the execution when nothing is left. */
export function schedule(draft: Draft): void {
  const { order, steps: planned } = planOf(draft.state.definition);
  const limit = draft.state.maxParallelSteps ?? Number.POSITIVE_INFINITY;
  let active = order.filter((name) => isActive(draft.step(name))).length;
  let waiting = 0;
  // One pass is enough: upstream steps come first, and a condition decides at once.
  for (const name of order) {
    const plan = planned.get(name);
    if (!plan || draft.step(name).phase !== "waiting") continue;
    const readiness = readinessOf(plan, draft.state.steps);
    if (readiness === "never" || closed(draft)) {
      draft.changeStep(name, { phase: "skipped" });
    } else if (readiness === "ready" && active < limit) {
      beginStep(draft, name);
      if (isActive(draft.step(name))) active += 1;
    } else waiting += 1;
  }
  // A Fail step reached in this pass closes the execution behind steps that were looked at before it.
  if (closed(draft) && waiting > 0) {
    for (const name of order) if (draft.step(name).phase === "waiting") draft.changeStep(name, { phase: "skipped" });
    waiting = 0;
  }
  active = order.filter((name) => isActive(draft.step(name))).length;
  if (active === 0 && waiting === 0) draft.change({ ...outcomeOf(draft.state), endedAt: draft.at });
}

/** Nothing new starts any more. */
const closed = (draft: Draft): boolean => draft.state.status === "Stopping" || draft.state.halted === true;
