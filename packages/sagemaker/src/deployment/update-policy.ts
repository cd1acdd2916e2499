import type { CapacitySize, DeploymentConfig } from "@aws-sdk/client-sagemaker";
import type { FleetSize, UpdateStrategy } from "../environment/update-strategy";

/**
 * How SageMaker takes a new configuration into service.
 *
 * @param alarms - names of the alarms that turn the update back. @default nothing does
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
 */
export function deploymentConfig(update: UpdateStrategy, alarms: readonly string[]): DeploymentConfig {
  const guard =
    alarms.length === 0 ? {} : { AutoRollbackConfiguration: { Alarms: alarms.map((AlarmName) => ({ AlarmName })) } };
  if (update.type === "rolling") {
    return {
      RollingUpdatePolicy: {
        MaximumBatchSize: capacity(update.batch),
        WaitIntervalInSeconds: update.waitSeconds,
        MaximumExecutionTimeoutInSeconds: update.maximumSeconds,
        ...(update.rollbackBatch === undefined ? {} : { RollbackMaximumBatchSize: capacity(update.rollbackBatch) }),
      },
      ...guard,
    };
  }
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: routing(update),
      TerminationWaitInSeconds: update.terminationWaitSeconds,
      MaximumExecutionTimeoutInSeconds: update.maximumSeconds,
    },
    ...guard,
  };
}

function routing(update: Exclude<UpdateStrategy, { type: "rolling" }>) {
  switch (update.type) {
    case "canary":
      return {
        Type: "CANARY" as const,
        CanarySize: capacity(update.size),
        WaitIntervalInSeconds: update.waitSeconds,
      };
    case "linear":
      return {
        Type: "LINEAR" as const,
        LinearStepSize: capacity(update.step),
        WaitIntervalInSeconds: update.waitSeconds,
      };
    default:
      return { Type: "ALL_AT_ONCE" as const, WaitIntervalInSeconds: 0 };
  }
}

function capacity({ unit, value }: FleetSize): CapacitySize {
  return { Type: unit === "instances" ? "INSTANCE_COUNT" : "CAPACITY_PERCENT", Value: value };
}

/** The whole traffic at once, and the old fleet gone at once: for emergencies, and where nothing is at stake. */
export const atOnce: UpdateStrategy = { type: "all-at-once", terminationWaitSeconds: 0, maximumSeconds: 3_600 };

/** What is behind an endpoint, as far as a way of updating depends on it. */
export interface Fleet {
  readonly variants: readonly string[];
  readonly serverless: boolean;
}

/**
 * The strategy that an update can really have: traffic is shifted in parts only between fleets of instances with the same variants.
 *
 * @returns With the reason where it is another one than was wished for.
 */
export function possibleStrategy(
  wished: UpdateStrategy,
  before: Fleet,
  after: Fleet,
): { readonly strategy: UpdateStrategy; readonly reason?: string } {
  if (wished.type === "all-at-once") return { strategy: wished };
  const reason = hindrance(before, after);
  if (reason === undefined) return { strategy: wished };
  const terminationWaitSeconds = wished.type === "rolling" ? 300 : wished.terminationWaitSeconds;
  const strategy = { type: "all-at-once", terminationWaitSeconds, maximumSeconds: wished.maximumSeconds } as const;
  return { strategy, reason: `${reason}, so the traffic goes over all at once instead of '${wished.type}'` };
}

function hindrance(before: Fleet, after: Fleet): string | undefined {
  if (before.serverless || after.serverless) return "serverless inference is on one side";
  const [old, fresh] = [before, after].map(({ variants }) => [...variants].sort().join(", "));
  return old === fresh ? undefined : `the variants change from ${old} to ${fresh}`;
}
