import { applyEvent } from "./apply-event";
import type { Command } from "./commands";
import { commandOf, Draft, stopCommand } from "./draft";
import type { ExecutionEvent, StartedEvent } from "./events";
import { planOf } from "./plan";
import { schedule } from "./schedule";
import type { ExecutionState, StepState } from "./state";

/** A state and what is to be done next. */
export interface Advanced {
  readonly state: ExecutionState;
  readonly commands: readonly Command[];
}

/**
 * The executor's reducer: what an event makes of an execution, and what is to be done then. Pure: no clock, no files, no calls.
 * Events that no longer fit (a duplicate, an answer that comes after a stop) change nothing.
 *
 * @param state undefined before the first event, which must be `started`
 */
export function advance(state: ExecutionState | undefined, event: ExecutionEvent): Advanced {
  if (!state) {
    if (event.type !== "started") throw new Error(`An execution cannot begin with ${event.type}.`);
    const draft = new Draft(initialState(event), event.at);
    schedule(draft);
    return { state: draft.state, commands: draft.commands };
  }
  const draft = new Draft(state, event.at);
  if (!applyEvent(draft, event)) return { state, commands: [] };
  schedule(draft);
  return { state: draft.state, commands: draft.commands };
}

/** The fold of a journal; undefined for an empty one. */
export function replay(events: Iterable<ExecutionEvent>): ExecutionState | undefined {
  let state: ExecutionState | undefined;
  for (const event of events) state = advance(state, event).state;
  return state;
}

/** Everything that is still to be done in a state: where to go on after a journal ended. */
export function pendingCommands(state: ExecutionState): Command[] {
  const pending: Command[] = [];
  for (const name of planOf(state.definition).order) {
    const command = commandOf(state, name);
    if (command) pending.push(command);
    if (state.steps[name]?.phase === "running" && state.steps[name]?.stopRequested) {
      pending.push(stopCommand(state, name));
    }
  }
  return pending;
}

function initialState(event: StartedEvent): ExecutionState {
  const { selection } = event;
  const steps: Record<string, StepState> = {};
  for (const name of planOf(event.definition).order) {
    const reused = selection?.reused[name];
    if (reused) {
      steps[name] = {
        phase: "succeeded",
        attempt: 0,
        ...reused,
        startedAt: event.at,
        endedAt: event.at,
        ...(selection?.sourceExecutionArn !== undefined && { reusedFrom: selection.sourceExecutionArn }),
      };
    } else {
      const runs = !selection || selection.steps.includes(name);
      steps[name] = { phase: runs ? "waiting" : "excluded", attempt: 0 };
    }
  }
  return {
    identity: event.identity,
    definition: event.definition,
    parameters: event.parameters,
    ...(event.maxParallelSteps !== undefined && { maxParallelSteps: event.maxParallelSteps }),
    ...(selection && { selection }),
    status: "Executing",
    startedAt: event.at,
    steps,
  };
}
