import type { VariantStatus } from "@aws-sdk/client-sagemaker";

/** Numbers of instances by variant. */
export type Counts = Readonly<Record<string, number>>;

/** One part of a deployment, as DescribeEndpoint shows it in VariantStatus. Blue is the old fleet, green the new one. */
export interface Stage {
  readonly kind: Exclude<VariantStatus, "Updating">;
  /** The fleet that the status is about. */
  readonly fleet: "blue" | "green";
  /** Instances of each fleet during the stage; while creating and deleting, those that are to be reached. */
  readonly blue: Counts;
  readonly green: Counts;
  /** Instances of the new fleet that take traffic; the rest of the traffic goes to the old one. */
  readonly active: Counts;
  /** Instances that the status message speaks of. */
  readonly concerns: Counts;
  /** Of a Baking stage. */
  readonly seconds?: number;
}

/** A deployment under way. Times are epoch milliseconds. */
export interface Deployment {
  readonly stages: readonly Stage[];
  /** Index of the stage under way; the number of stages when all are done. */
  readonly stage: number;
  readonly stageStartTime: number;
  /** MaximumExecutionTimeoutInSeconds as a moment. @default no limit */
  readonly endsBy?: number;
  /** Alarms that roll it back. */
  readonly alarms: readonly string[];
  /** Instances of the whole new fleet, and of the whole old one; none where there is no old one. */
  readonly green: Counts;
  readonly blue: Counts;
  /** How it is rolled back: at once, or in steps of so many instances. */
  readonly rollbackBatch?: number;
  readonly direction: "forward" | "back";
  /** Why it goes back, or failed. */
  readonly reason?: string;
  readonly outcome?: "Deployed" | "RolledBack" | "RollbackFailed" | "Failed";
}

/** What a deployment hears of. */
export type DeploymentEvent =
  /** The fleets have the instances that the stage wants. */
  | { readonly type: "reached"; readonly time: number }
  /** An instance could not be started. */
  | { readonly type: "failed"; readonly reason: string; readonly time: number }
  | { readonly type: "alarm"; readonly names: readonly string[]; readonly time: number }
  | { readonly type: "time"; readonly time: number };

/** What is to be done next. */
export type DeploymentCommand =
  /** Bring the fleets to their instances, then say `reached`; when `until` comes first, say the time. */
  | { readonly kind: "reach"; readonly stage: Stage; readonly until?: number }
  /** Wait, and say the time; watch the alarms meanwhile. */
  | { readonly kind: "wait"; readonly stage: Stage; readonly until: number; readonly alarms: readonly string[] }
  | { readonly kind: "settle"; readonly outcome: NonNullable<Deployment["outcome"]> };

/** The stage under way; undefined when all are done. */
export const stageOf = (deployment: Deployment): Stage | undefined => deployment.stages[deployment.stage];

/**
 * Takes a deployment on by one event.
 *
 * An event that the stage under way does not wait for changes nothing.
 */
export function advance(deployment: Deployment, event: DeploymentEvent): Deployment {
  const stage = stageOf(deployment);
  if (stage === undefined || deployment.outcome !== undefined) return deployment;
  const forward = deployment.direction === "forward";
  switch (event.type) {
    case "failed":
      return failed(deployment, event.reason, event.time);
    case "alarm":
      return forward && stage.kind === "Baking" && event.names.length > 0
        ? goBack(deployment, alarmReason(event.names), event.time)
        : deployment;
    case "reached":
      return stage.kind === "Creating" || stage.kind === "Deleting" ? next(deployment, event.time) : deployment;
    case "time":
      return atTime(deployment, stage, event.time);
  }
}

/** What is to be done at this point of a deployment; after a restart, again. */
export function commandOf(deployment: Deployment): DeploymentCommand {
  const stage = stageOf(deployment);
  if (deployment.outcome !== undefined || stage === undefined) {
    return { kind: "settle", outcome: deployment.outcome ?? "Deployed" };
  }
  const limit = isLimited(deployment, stage) ? deployment.endsBy : undefined;
  if (stage.kind === "Creating" || stage.kind === "Deleting") {
    return { kind: "reach", stage, ...(limit === undefined ? {} : { until: limit }) };
  }
  const due = deployment.stageStartTime + (stage.seconds ?? 0) * 1000;
  const alarms = deployment.direction === "forward" && stage.kind === "Baking" ? deployment.alarms : [];
  return { kind: "wait", stage, until: Math.min(due, limit ?? due), alarms };
}

/**
 * A deployment whose process died, taken up again: nobody watched the alarms meanwhile, so a baking period that was
 * under way begins anew.
 */
export function resumed(deployment: Deployment, time: number): Deployment {
  return stageOf(deployment)?.kind === "Baking" ? { ...deployment, stageStartTime: time } : deployment;
}

function atTime(deployment: Deployment, stage: Stage, time: number): Deployment {
  const due =
    stage.kind === "Baking" || stage.kind === "ActivatingTraffic"
      ? deployment.stageStartTime + (stage.seconds ?? 0) * 1000
      : undefined;
  const limit = isLimited(deployment, stage) ? deployment.endsBy : undefined;
  if (limit !== undefined && time >= limit && (due === undefined || limit < due)) {
    return goBack(deployment, TIMED_OUT, limit);
  }
  return due !== undefined && time >= due ? next(deployment, due) : deployment;
}

/** Once the old fleet is being taken down for good, there is nothing to go back to. */
function isLimited(deployment: Deployment, stage: Stage): boolean {
  const last = deployment.stage === deployment.stages.length - 1 && stage.kind === "Deleting";
  return deployment.direction === "forward" && !last && Object.keys(deployment.blue).length > 0;
}

function next(deployment: Deployment, time: number): Deployment {
  const stage = deployment.stage + 1;
  const moved = { ...deployment, stage, stageStartTime: time };
  if (stage < deployment.stages.length) return moved;
  return { ...moved, outcome: deployment.direction === "forward" ? "Deployed" : "RolledBack" };
}

function failed(deployment: Deployment, reason: string, time: number): Deployment {
  if (deployment.direction === "back") return { ...deployment, outcome: "RollbackFailed", reason };
  // A new endpoint has nothing to go back to.
  if (Object.keys(deployment.blue).length === 0) return { ...deployment, outcome: "Failed", reason };
  return goBack(deployment, reason, time);
}

function goBack(deployment: Deployment, reason: string, time: number): Deployment {
  const stages = deployment.rollbackBatch === undefined ? backAtOnce(deployment) : backInSteps(deployment);
  const back = { ...deployment, direction: "back" as const, reason, stages, stage: 0, stageStartTime: time };
  return stages.length > 0 ? back : { ...back, outcome: "RolledBack" };
}

function backAtOnce(deployment: Deployment): Stage[] {
  const now = stageOf(deployment) as Stage;
  return stepsBack(deployment, now, none(deployment.green));
}

/** Rolling back a rolling update: the old fleet gets instances again before the new one loses them. */
function backInSteps(deployment: Deployment): Stage[] {
  const [variant = ""] = Object.keys(deployment.green);
  const stages: Stage[] = [];
  let now = stageOf(deployment) as Stage;
  let left = now.active[variant] ?? 0;
  do {
    left = Math.max(0, left - (deployment.rollbackBatch ?? left));
    const step = stepsBack(deployment, now, { [variant]: left });
    stages.push(...step);
    now = step.at(-1) ?? now;
  } while (left > 0);
  return stages;
}

function stepsBack(deployment: Deployment, now: Stage, active: Counts): Stage[] {
  const blue = mapCounts(deployment.blue, (whole, name) => oldInstances(deployment, name, whole, active[name] ?? 0));
  const missing = mapCounts(blue, (wanted, name) => Math.max(0, wanted - (now.blue[name] ?? 0)));
  const full = mapCounts(blue, (wanted, name) => Math.max(wanted, now.blue[name] ?? 0));
  const surplus = mapCounts(now.green, (have, name) => have - (active[name] ?? 0));
  const stages: Stage[] = [];
  if (any(missing)) {
    stages.push({ ...now, kind: "Creating", fleet: "blue", blue: full, concerns: missing, seconds: 0 });
  }
  if (any(now.active)) {
    const concerns = mapCounts(full, (have) => have);
    stages.push({ ...now, kind: "ActivatingTraffic", fleet: "blue", blue: full, active, concerns, seconds: 0 });
  }
  stages.push({ kind: "Deleting", fleet: "green", blue: full, green: active, active, concerns: surplus });
  return stages;
}

/** How many instances of the old fleet carry the rest of the traffic, when so many of the new one carry theirs. */
function oldInstances(deployment: Deployment, name: string, whole: number, active: number): number {
  const all = deployment.green[name] ?? 0;
  return all === 0 ? whole : Math.ceil(whole * (1 - active / all));
}

/** The same counts, each changed. */
export function mapCounts(counts: Counts, change: (count: number, name: string) => number): Counts {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, change(count, name)]));
}

/** The same variants with nothing. */
export const none = (counts: Counts): Counts => mapCounts(counts, () => 0);

const any = (counts: Counts): boolean => Object.values(counts).some((count) => count > 0);

const TIMED_OUT =
  "The deployment did not complete within MaximumExecutionTimeoutInSeconds. The endpoint was rolled back to its previous configuration.";

function alarmReason(names: readonly string[]): string {
  return `The following CloudWatch alarm(s) went into ALARM state during the deployment: ${names.join(", ")}. The endpoint was rolled back to its previous configuration.`;
}
