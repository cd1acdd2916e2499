import { planOf } from "./plan";
import type { ExecutionState, ExecutionStatus } from "./state";

/** What AWS says of every failed execution. */
const failedReason = "Step failure: One or multiple steps failed.";

/**
 * How an execution ends whose steps have all ended. A failure that another step was waiting for (a trigger `Failed` or `Any`, and that
 * step ran) is a handled one: with only such failures the execution is `CompletedWithFailures`.
 */
export function outcomeOf(state: ExecutionState): { status: ExecutionStatus; failureReason?: string } {
  const failed = { status: "Failed" as const, failureReason: failedReason };
  if (state.halted) return failed;
  const handled = handledSteps(state);
  const unhandled = (phase: "failed" | "stopped") =>
    Object.entries(state.steps).some(([name, step]) => step.phase === phase && !handled.has(name));
  if (unhandled("failed")) return failed;
  if (state.status === "Stopping" || unhandled("stopped")) return { status: "Stopped" };
  return { status: handled.size > 0 ? "CompletedWithFailures" : "Succeeded" };
}

function handledSteps(state: ExecutionState): ReadonlySet<string> {
  const handled = new Set<string>();
  for (const step of planOf(state.definition).steps.values()) {
    if (state.steps[step.name]?.startedAt === undefined) continue;
    for (const wait of step.waits) {
      const phase = state.steps[wait.step]?.phase;
      if (phase === "failed" || phase === "stopped") handled.add(wait.step);
    }
  }
  return handled;
}
