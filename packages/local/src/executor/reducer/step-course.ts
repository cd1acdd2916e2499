import type { Json } from "@sagewright/pipeline";
import { cacheKeyOf } from "../cache-key";
import { StepFailure } from "../step-failure";
import { type ControlKind, isControl } from "../steps/step-kind";
import { commandOf, type Draft, kindOf, resolverOf, scopeOf, stopCommand } from "./draft";
import type { FinishedEvent } from "./events";
import { ownContent } from "./plan";
import { readsOf } from "./resolution";
import { decideRetry } from "./retry";
import { isActive } from "./state";

/** A waiting step's turn has come. */
export function beginStep(draft: Draft, name: string): void {
  draft.changeStep(name, { startedAt: draft.at });
  guarded(draft, name, () => {
    const { definition } = draft.planned(name);
    kindOf(definition);
    const reads = readsOf(ownContent(definition), scopeOf(draft.state, name, draft.step(name).attempt + 1));
    if (reads.length === 0) return proceed(draft, name);
    draft.changeStep(name, { phase: "reading", reads });
    emit(draft, name);
  });
}

/** The values a step needs are there: decide, look into the cache, or start. */
export function proceed(draft: Draft, name: string): void {
  guarded(draft, name, () => {
    const { definition } = draft.planned(name);
    const kind = kindOf(definition);
    if (isControl(kind)) return decide(draft, name, kind);
    const cache = definition.CacheConfig as { Enabled?: Json } | undefined;
    if (cache?.Enabled !== true || !cacheKeyOf(definition)) return launch(draft, name);
    draft.changeStep(name, { phase: "looking-up" });
    emit(draft, name);
  });
}

/** Begins an attempt. */
export function launch(draft: Draft, name: string): void {
  draft.changeStep(name, { phase: "starting", attempt: draft.step(name).attempt + 1 });
  guarded(draft, name, () => emit(draft, name));
}

/** An attempt has ended. */
export function finish(draft: Draft, name: string, event: FinishedEvent): void {
  const { outcome, arn, properties, failureReason } = event;
  const result = {
    ...(arn !== undefined && { arn }),
    ...(properties && { properties }),
    ...(failureReason !== undefined && { failureReason }),
  };
  const { firstFailureAt = draft.at, retriesUsed = [] } = draft.step(name);
  if (outcome === "Failed" && draft.state.status === "Executing" && !draft.state.halted) {
    const { definition } = draft.planned(name);
    const question = { exception: event.exception, used: retriesUsed, firstFailureAt, at: draft.at };
    const retry = decideRetry(definition, question);
    if (retry) {
      const { wakeAt, used } = retry;
      draft.changeStep(name, { phase: "backing-off", wakeAt, retriesUsed: used, firstFailureAt, ...result });
      emit(draft, name);
      return;
    }
  }
  const phase = outcome === "Succeeded" ? "succeeded" : outcome === "Failed" ? "failed" : "stopped";
  if (phase === "succeeded") draft.changeStep(name, { failureReason: undefined });
  draft.changeStep(name, { phase, endedAt: draft.at, ...result });
}

/** Stops what runs, gives up what has not begun. Requests under way are awaited: their jobs are stopped when they exist. */
export function stopActive(draft: Draft): void {
  for (const [name, step] of Object.entries(draft.state.steps)) {
    if (!isActive(step) || step.phase === "starting") continue;
    if (step.phase === "running") requestStop(draft, name);
    else draft.changeStep(name, { phase: "stopped", endedAt: draft.at });
  }
}

/** Asks once for a running step's job to stop. */
export function requestStop(draft: Draft, name: string): void {
  if (draft.step(name).stopRequested) return;
  draft.changeStep(name, { stopRequested: true });
  draft.commands.push(stopCommand(draft.state, name));
}

/** A step has failed by itself, without a job that failed. */
export function failStep(draft: Draft, name: string, failureReason: string): void {
  draft.changeStep(name, {
    phase: "failed",
    endedAt: draft.at,
    ...(failureReason !== "" && { failureReason }),
  });
}

function decide(draft: Draft, name: string, kind: ControlKind): void {
  const { definition } = draft.planned(name);
  try {
    const properties = kind.decide(definition, resolverOf(scopeOf(draft.state, name, 1)));
    draft.changeStep(name, { phase: "succeeded", endedAt: draft.at, properties });
  } finally {
    if (kind.failureEndsExecution) draft.change({ halted: true });
  }
}

/** Emits the command of the phase that a step has just entered. */
function emit(draft: Draft, name: string): void {
  const command = commandOf(draft.state, name);
  if (command) draft.commands.push(command);
}

function guarded(draft: Draft, name: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    failStep(draft, name, error.message);
    if (draft.state.halted) stopActive(draft);
  }
}
