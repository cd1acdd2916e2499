import type { Json, JsonObject, StepDefinition } from "@sagewright/pipeline";
import { cacheKeyOf } from "../cache-key";
import { StepFailure } from "../step-failure";
import { stepKinds } from "../steps";
import { isControl, type StepKind } from "../steps/step-kind";
import type { Command } from "./commands";
import { parseDuration } from "./duration";
import { jobName, tokenOf } from "./job-names";
import { ownContent, type PlannedStep, planOf } from "./plan";
import { resolve, type Scope } from "./resolution";
import type { ExecutionState, StepState } from "./state";

/** A state under construction: the reducer's working copy. */
export class Draft {
  state: ExecutionState;
  readonly commands: Command[] = [];

  constructor(
    state: ExecutionState,
    /** The moment of the event that is being applied, epoch milliseconds. */
    readonly at: number,
  ) {
    this.state = { ...state, steps: { ...state.steps } };
  }

  /** Changes members of the execution. */
  change(members: Partial<ExecutionState>): void {
    this.state = { ...this.state, ...members };
  }

  /** Changes members of a step. */
  changeStep(name: string, members: Partial<StepState>): void {
    (this.state.steps as Record<string, StepState>)[name] = { ...this.step(name), ...members };
  }

  /** A step's present state. */
  step(name: string): StepState {
    const step = this.state.steps[name];
    if (!step) throw new StepFailure(`Step ${name} is not part of the execution.`);
    return step;
  }

  /** A step's plan. */
  planned(name: string): PlannedStep {
    return plannedStep(this.state, name);
  }
}

/** A step's plan, by name. */
export function plannedStep(state: ExecutionState, name: string): PlannedStep {
  const planned = planOf(state.definition).steps.get(name);
  if (!planned) throw new StepFailure(`Step ${name} is not part of the definition.`);
  return planned;
}

/** The kind of a step. */
export function kindOf(definition: StepDefinition): StepKind {
  const kind = stepKinds.get(definition.Type);
  if (!kind) throw new StepFailure(`Step type ${definition.Type} is not emulated by the embedded cloud.`);
  return kind;
}

/**
 * The command that a step in an active phase is waiting for: what the reducer emits when the phase is entered, and what is still to
 * be done when a journal ends there.
 * @throws StepFailure when the step's request cannot be built
 */
export function commandOf(state: ExecutionState, name: string): Command | undefined {
  const step = state.steps[name];
  if (!step) return undefined;
  const { definition } = plannedStep(state, name);
  const { attempt } = step;
  if (step.phase === "reading") return { type: "read", step: name, reads: step.reads ?? [] };
  if (step.phase === "looking-up") return lookUp(state, name, step);
  if (step.phase === "starting") return start(state, name, step);
  if (step.phase === "running") {
    return { type: "watch", step: name, kind: definition.Type, attempt, name: nameOf(state, name, attempt) };
  }
  if (step.phase === "backing-off") return { type: "wake", step: name, attempt, at: step.wakeAt ?? 0 };
  return undefined;
}

/** The command that stops a step's job. */
export function stopCommand(state: ExecutionState, name: string): Command {
  const { definition } = plannedStep(state, name);
  const attempt = state.steps[name]?.attempt ?? 0;
  return { type: "stop", step: name, kind: definition.Type, attempt, name: nameOf(state, name, attempt) };
}

function lookUp(state: ExecutionState, name: string, step: StepState): Command {
  const resolved = resolvedStep(state, name, step.attempt + 1);
  const expireAfter = (resolved.CacheConfig as { ExpireAfter?: string } | undefined)?.ExpireAfter;
  const expireAfterMs = expireAfter === undefined ? undefined : parseDuration(expireAfter);
  return {
    type: "look-up",
    step: name,
    kind: resolved.Type,
    attributes: cacheKeyOf(resolved) ?? {},
    ...(expireAfterMs !== undefined && { expireAfterMs }),
    at: step.startedAt ?? state.startedAt,
  };
}

function start(state: ExecutionState, name: string, step: StepState): Command {
  const { definition } = plannedStep(state, name);
  const kind = kindOf(definition);
  if (isControl(kind)) throw new StepFailure(`Step ${name} has no request.`);
  const { attempt } = step;
  const { identity } = state;
  const jobNameText = nameOf(state, name, attempt);
  const sent = {
    step: resolvedStep(state, name, attempt),
    name: jobNameText,
    token: tokenOf(identity.executionId, name, attempt),
    identity,
  };
  const prepare = kind.prepare?.(sent);
  return {
    type: "start",
    step: name,
    kind: definition.Type,
    attempt,
    name: jobNameText,
    ...(prepare && { prepare }),
    call: kind.request(sent),
  };
}

/** A step with every reference replaced, steps nested in it left out. */
export function resolvedStep(state: ExecutionState, name: string, attempt: number): StepDefinition {
  const { definition } = plannedStep(state, name);
  return resolve(ownContent(definition), scopeOf(state, name, attempt)) as unknown as StepDefinition;
}

/** What a step sees of its execution. */
export function scopeOf(state: ExecutionState, name: string, attempt: number): Scope {
  const step = state.steps[name];
  return { state, step: name, at: step?.startedAt ?? state.startedAt, jobName: () => nameOf(state, name, attempt) };
}

function nameOf(state: ExecutionState, name: string, attempt: number): string {
  const { definition } = plannedStep(state, name);
  const kind = kindOf(definition);
  const naming = isControl(kind) ? undefined : kind.naming;
  const prefix = naming && (definition.Arguments as JsonObject | undefined)?.[naming.member];
  return jobName({
    executionId: state.identity.executionId,
    step: name,
    attempt,
    maxLength: naming?.maxLength ?? 63,
    ...(typeof prefix === "string" && { prefix }),
  });
}

/** A value that a step's own definition holds, resolved. */
export const resolverOf =
  (scope: Scope) =>
  (value: Json): Json =>
    resolve(value, scope);
