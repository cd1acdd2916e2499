import type { CapacitySize, DeploymentConfig, RollingUpdatePolicy } from "@aws-sdk/client-sagemaker";
import { type Counts, type Deployment, mapCounts, none, type Stage } from "./deployment";

/** What a deployment begins with. */
export interface DeploymentStart {
  readonly config: DeploymentConfig | undefined;
  /** Instances of the old fleet by variant; empty for a new endpoint. */
  readonly blue: Counts;
  readonly green: Counts;
  /** Epoch milliseconds. */
  readonly time: number;
}

/**
 * Lays a deployment out: every stage from the first instance launched to the last one terminated.
 *
 * The source of the order is AWS's "Deployment guardrails": the new fleet is there whole before it takes traffic; each
 * shift is followed by a baking period; the one on full capacity lasts TerminationWaitInSeconds, the others
 * WaitIntervalInSeconds. A rolling update launches, shifts, bakes and terminates batch by batch.
 */
export function plannedDeployment({ config, blue, green, time }: DeploymentStart): Deployment {
  const rolling = config?.RollingUpdatePolicy;
  const policy = rolling ?? config?.BlueGreenUpdatePolicy;
  const stages = rolling === undefined ? blueGreen(config, blue, green) : rollingUpdate(rolling, blue, green);
  const timeout = policy?.MaximumExecutionTimeoutInSeconds;
  const alarms = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  const [all = 1] = Object.values(green);
  const batch = rolling?.RollbackMaximumBatchSize;
  return {
    stages,
    stage: 0,
    stageStartTime: time,
    alarms,
    green,
    blue,
    direction: "forward",
    ...(timeout === undefined ? {} : { endsBy: time + timeout * 1000 }),
    ...(rolling === undefined ? {} : { rollbackBatch: batch === undefined ? all : capacity(batch, all) }),
  };
}

/** A size in instances: a percentage is rounded up, so that a step never is nothing. */
function capacity(size: CapacitySize, all: number): number {
  const value = size.Value ?? 0;
  if (size.Type === "INSTANCE_COUNT") return Math.min(all, value);
  return Math.min(all, Math.ceil((all * value) / 100));
}

function blueGreen(config: DeploymentConfig | undefined, blue: Counts, green: Counts): Stage[] {
  const policy = config?.BlueGreenUpdatePolicy;
  const routing = policy?.TrafficRoutingConfiguration;
  const nothing = none(green);
  const stages: Stage[] = [{ kind: "Creating", fleet: "green", blue, green, active: nothing, concerns: green }];
  const steps = shifts(routing, green);
  for (const [index, active] of steps.entries()) {
    const last = index === steps.length - 1;
    const seconds = (last ? policy?.TerminationWaitInSeconds : routing?.WaitIntervalInSeconds) ?? 0;
    stages.push(...shift({ blue, green, active }, seconds));
  }
  if (Object.keys(blue).length > 0) {
    stages.push({ kind: "Deleting", fleet: "blue", blue: none(blue), green, active: green, concerns: blue });
  }
  return stages;
}

/** Instances with traffic after each step; the last step is all of them. */
function shifts(
  routing: NonNullable<DeploymentConfig["BlueGreenUpdatePolicy"]>["TrafficRoutingConfiguration"],
  green: Counts,
): Counts[] {
  const { Type, CanarySize, LinearStepSize } = routing ?? {};
  if (Type === "CANARY" && CanarySize !== undefined) {
    return [mapCounts(green, (all) => capacity(CanarySize, all)), green];
  }
  if (Type !== "LINEAR" || LinearStepSize === undefined) return [green];
  const steps: Counts[] = [];
  const size = mapCounts(green, (all) => capacity(LinearStepSize, all));
  let active = none(green);
  while (Object.entries(active).some(([name, count]) => count < (green[name] ?? 0))) {
    active = mapCounts(active, (count, name) => Math.min(green[name] ?? 0, count + (size[name] ?? 1)));
    steps.push(active);
  }
  return steps;
}

function rollingUpdate(policy: RollingUpdatePolicy, blue: Counts, green: Counts): Stage[] {
  const [name = ""] = Object.keys(green);
  const all = green[name] ?? 0;
  const old = blue[name] ?? 0;
  const batch = policy.MaximumBatchSize === undefined ? all : Math.max(1, capacity(policy.MaximumBatchSize, all));
  const stages: Stage[] = [];
  let blueNow = old;
  for (let done = 0; done < all; ) {
    const now = Math.min(all, done + batch);
    const [before, active] = [{ [name]: done }, { [name]: now }];
    const fleets = { blue: { [name]: blueNow }, green: active };
    stages.push({ kind: "Creating", fleet: "green", ...fleets, active: before, concerns: { [name]: now - done } });
    stages.push(...shift({ ...fleets, active }, policy.WaitIntervalInSeconds ?? 0));
    const left = Math.ceil(old * (1 - now / all));
    stages.push({
      kind: "Deleting",
      fleet: "blue",
      blue: { [name]: left },
      green: active,
      active,
      concerns: { [name]: blueNow - left },
    });
    blueNow = left;
    done = now;
  }
  return stages;
}

function shift(fleets: Pick<Stage, "blue" | "green" | "active">, seconds: number): Stage[] {
  const activating: Stage = { kind: "ActivatingTraffic", fleet: "green", ...fleets, concerns: fleets.active };
  if (seconds === 0) return [activating];
  return [activating, { kind: "Baking", fleet: "green", ...fleets, concerns: fleets.active, seconds }];
}
