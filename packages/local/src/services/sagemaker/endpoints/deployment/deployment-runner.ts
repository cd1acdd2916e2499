import type { Clock } from "../../../../clock";
import type { AlarmStates } from "../../../cloudwatch/alarms/alarm-states";
import type { EndpointFleets } from "../live-fleets";
import {
  advance,
  commandOf,
  type Deployment,
  type DeploymentCommand,
  type DeploymentEvent,
  type Stage,
} from "./deployment";

/** What the runner of a deployment does its work with. */
export interface RunnerDeps {
  readonly clock: Clock;
  readonly alarms: AlarmStates;
  fleets(): EndpointFleets;
  /** Whether instances that are to be launched cannot be had. */
  lacksCapacity(): boolean;
  /** Keeps a new state; only then is what it wants done. */
  keep(deployment: Deployment): Promise<void>;
  /** Ends the run where it is. */
  readonly signal: AbortSignal;
}

/**
 * Carries a deployment through, from wherever it is, to its outcome.
 * @returns the last state; without an outcome when the run was ended by the signal
 */
export async function runDeployment(deps: RunnerDeps, start: Deployment): Promise<Deployment> {
  let deployment = start;
  for (;;) {
    const command = commandOf(deployment);
    if (command.kind === "settle" || deps.signal.aborted) return deployment;
    const event = await perform(deps, command);
    if (deps.signal.aborted) return deployment;
    const next = advance(deployment, event);
    if (next !== deployment) await deps.keep(next);
    deployment = next;
  }
}

async function perform(
  deps: RunnerDeps,
  command: Exclude<DeploymentCommand, { kind: "settle" }>,
): Promise<DeploymentEvent> {
  const ending = new AbortController();
  const end = () => ending.abort();
  deps.signal.addEventListener("abort", end, { once: true });
  try {
    // Before a wait there is nothing to start, except after a restart.
    const reached = reach(deps, command.stage);
    if (command.kind === "reach") {
      const late = command.until === undefined ? [] : [pastTime(deps, command.until, ending.signal)];
      return await Promise.race([reached, ...late, ended(ending.signal, deps)]);
    }
    const begun = await Promise.race([reached, ended(ending.signal, deps)]);
    if (begun.type === "failed") return begun;
    const { until, alarms } = command;
    return await Promise.race([pastTime(deps, until, ending.signal), ringing(deps, alarms, ending.signal)]);
  } finally {
    deps.signal.removeEventListener("abort", end);
    ending.abort();
  }
}

/** AWS's sentence for instances that cannot be had. */
export const NO_CAPACITY =
  "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type.";

const now = ({ clock }: RunnerDeps): number => clock.now().getTime();

async function reach(deps: RunnerDeps, stage: Stage): Promise<DeploymentEvent> {
  if (stage.kind === "Creating" && deps.lacksCapacity()) {
    return { type: "failed", reason: NO_CAPACITY, time: now(deps) };
  }
  const { blue, green } = deps.fleets();
  try {
    await Promise.all([blue?.reach(stage.blue), green?.reach(stage.green)]);
    return { type: "reached", time: now(deps) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { type: "failed", reason, time: now(deps) };
  }
}

async function pastTime(deps: RunnerDeps, until: number, signal: AbortSignal): Promise<DeploymentEvent> {
  // A timer may end a moment early.
  while (!signal.aborted && now(deps) < until) await deps.clock.sleep(until - now(deps), signal);
  return { type: "time", time: now(deps) };
}

/** Resolves when one of the alarms is in ALARM state; at once when one already is. */
function ringing(deps: RunnerDeps, names: readonly string[], signal: AbortSignal): Promise<DeploymentEvent> {
  return new Promise((resolve) => {
    const look = () => {
      const ring = names.filter((name) => deps.alarms.stateOf(name) === "ALARM");
      if (ring.length > 0) resolve({ type: "alarm", names: ring, time: now(deps) });
    };
    const leave = deps.alarms.onChange(look);
    signal.addEventListener("abort", leave, { once: true });
    look();
  });
}

function ended(signal: AbortSignal, deps: RunnerDeps): Promise<DeploymentEvent> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve({ type: "time", time: now(deps) }), { once: true }),
  );
}
