import type { Draft } from "./draft";
import { commandOf } from "./draft";
import type { ExecutionEvent } from "./events";
import { hasEnded } from "./state";
import { failStep, finish, launch, proceed, requestStop, stopActive } from "./step-course";

type StepEvent = Extract<ExecutionEvent, { step: string }>;

/**
 * Applies an event to the step or execution it speaks of.
 * @returns false when the event no longer fits
 */
export function applyEvent(draft: Draft, event: ExecutionEvent): boolean {
  if (event.type === "started") return false;
  if (event.type === "retry") return retryExecution(draft, event.maxParallelSteps);
  if (hasEnded(draft.state)) return false;
  if (event.type === "stop") return stopExecution(draft);
  if (!draft.state.steps[event.step]) return false;
  return applyStepEvent(draft, event);
}

function applyStepEvent(draft: Draft, event: StepEvent): boolean {
  const name = event.step;
  const { phase, attempt } = draft.step(name);
  if ("attempt" in event && event.attempt !== attempt) return false;
  switch (event.type) {
    case "values":
      if (phase !== "reading") return false;
      draft.changeStep(name, { values: event.values });
      proceed(draft, name);
      return true;
    case "values-failed":
      if (phase !== "reading") return false;
      failStep(draft, name, event.failureReason);
      return true;
    case "cache-hit": {
      if (phase !== "looking-up") return false;
      const { sourceExecutionArn, properties, arn } = event;
      const cache = { hit: true as const, sourceExecutionArn };
      draft.changeStep(name, {
        phase: "succeeded",
        endedAt: draft.at,
        properties,
        cache,
        ...(arn !== undefined && { arn }),
      });
      return true;
    }
    case "cache-miss": {
      if (phase !== "looking-up") return false;
      const { type: _type, at: _at, step: _step, ...miss } = event;
      draft.changeStep(name, { cache: { hit: false, ...miss } });
      launch(draft, name);
      return true;
    }
    case "created":
      return created(draft, event);
    case "finished":
      if (phase !== "running" && phase !== "starting") return false;
      finish(draft, name, event);
      return true;
    case "woken":
      if (phase !== "backing-off") return false;
      launch(draft, name);
      return true;
  }
}

function created(draft: Draft, { step: name, arn }: Extract<ExecutionEvent, { type: "created" }>): boolean {
  if (draft.step(name).phase !== "starting") return false;
  draft.changeStep(name, { phase: "running", arn, failureReason: undefined });
  const watch = commandOf(draft.state, name);
  if (watch) draft.commands.push(watch);
  if (draft.state.status === "Stopping" || draft.state.halted) requestStop(draft, name);
  return true;
}

function stopExecution(draft: Draft): boolean {
  if (draft.state.status === "Stopping") return false;
  draft.change({ status: "Stopping" });
  stopActive(draft);
  return true;
}

function retryExecution(draft: Draft, maxParallelSteps: number | undefined): boolean {
  if (!hasEnded(draft.state) || draft.state.status === "Succeeded") return false;
  const { endedAt: _ended, failureReason: _reason, halted: _halted, ...rest } = draft.state;
  draft.state = { ...rest, status: "Executing", ...(maxParallelSteps !== undefined && { maxParallelSteps }) };
  for (const [name, step] of Object.entries(draft.state.steps)) {
    if (step.phase === "succeeded" || step.phase === "excluded") continue;
    (draft.state.steps as Record<string, unknown>)[name] = {
      phase: "waiting",
      attempt: step.attempt,
      ...(step.attempt > 0 && { attemptsBefore: step.attempt }),
    };
  }
  return true;
}
