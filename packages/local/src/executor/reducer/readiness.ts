import type { PlannedStep, Trigger } from "./plan";
import { type ExecutionState, isFinal, type StepPhase } from "./state";

/** Whether a waiting step may run now, must go on waiting, or will never run. */
export type Readiness = "ready" | "wait" | "never";

const released: Readonly<Record<Trigger, ReadonlySet<StepPhase>>> = {
  Completed: new Set(["succeeded"]),
  Failed: new Set(["failed"]),
  Stopped: new Set(["stopped"]),
  Any: new Set(["succeeded", "failed", "stopped"]),
};

/** Looks at a waiting step's parent, dependencies and references. */
export function readinessOf(step: PlannedStep, steps: ExecutionState["steps"]): Readiness {
  let answer: Readiness = "ready";
  if (step.parent) {
    const parent = steps[step.parent.step];
    if (!parent || !isFinal(parent)) answer = "wait";
    else if (parent.phase !== "succeeded" || parent.properties?.Outcome !== step.parent.outcome) return "never";
  }
  for (const { step: name, trigger } of step.waits) {
    const upstream = steps[name];
    if (!upstream || !isFinal(upstream)) answer = "wait";
    else if (!released[trigger].has(upstream.phase)) return "never";
  }
  return answer;
}
