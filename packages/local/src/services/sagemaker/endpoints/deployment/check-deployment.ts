import type { CapacitySize, DeploymentConfig } from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../../errors";
import type { AlarmStates } from "../../../cloudwatch/alarms/alarm-states";
import type { VariantState } from "../endpoint-record";

/** What an update is checked against. */
export interface UpdateSituation {
  readonly former: readonly VariantState[];
  readonly fresh: readonly VariantState[];
  readonly alarms: Pick<AlarmStates, "stateOf">;
}

/**
 * Refuses a deployment configuration that contradicts itself or does not fit the variants.
 *
 * The rules are AWS's documented ones (deployment guardrails, API reference); the sentences are ours where AWS's are not
 * known.
 *
 * @throws ServiceError ValidationException
 */
export function checkDeployment(config: DeploymentConfig | undefined, situation?: UpdateSituation): void {
  if (config === undefined) return;
  const { BlueGreenUpdatePolicy, RollingUpdatePolicy } = config;
  if (BlueGreenUpdatePolicy !== undefined && RollingUpdatePolicy !== undefined) {
    throw validationException(
      "Only one update policy can be used in a deployment configuration. Give either BlueGreenUpdatePolicy or RollingUpdatePolicy.",
    );
  }
  checkRouting(config);
  if (situation === undefined) return;
  checkVariants(config, situation);
  checkSizes(config, situation.fresh);
  checkTimeout(config, situation.fresh);
  checkAlarms(config, situation.alarms);
}

function checkRouting({ BlueGreenUpdatePolicy }: DeploymentConfig): void {
  const routing = BlueGreenUpdatePolicy?.TrafficRoutingConfiguration;
  if (routing === undefined) return;
  for (const [type, member] of [
    ["CANARY", "CanarySize"],
    ["LINEAR", "LinearStepSize"],
  ] as const) {
    const given = routing[member] !== undefined;
    if (routing.Type === type && !given) {
      throw validationException(`TrafficRoutingConfiguration of Type ${type} needs ${member}.`);
    }
    if (routing.Type !== type && given) {
      throw validationException(
        `${member} can only be given for TrafficRoutingConfiguration of Type ${type}, not ${routing.Type}.`,
      );
    }
  }
}

function checkVariants(config: DeploymentConfig, { former, fresh }: UpdateSituation): void {
  const shifting = shiftOf(config);
  if (shifting === undefined) return;
  if (fresh.some(({ serverless }) => serverless !== undefined)) {
    throw validationException(
      `${shifting} is not supported for serverless endpoints. Use ALL_AT_ONCE traffic routing, or no DeploymentConfig.`,
    );
  }
  if (former.some(({ serverless }) => serverless !== undefined)) {
    throw validationException(`${shifting} is not supported from a serverless endpoint to an instance-based one.`);
  }
  const names = (variants: readonly VariantState[]) => variants.map(({ name }) => name).sort();
  const [before, after] = [names(former), names(fresh)];
  if (before.join("\n") !== after.join("\n")) {
    throw validationException(
      `${shifting} needs the same variant names in the new endpoint configuration (${after.join(", ")}) as in the old one (${before.join(", ")}).`,
    );
  }
  if (config.RollingUpdatePolicy !== undefined && fresh.length > 1) {
    throw validationException(
      `RollingUpdatePolicy is not supported for endpoints with several variants; this one has ${fresh.length}. Use BlueGreenUpdatePolicy.`,
    );
  }
}

function checkSizes(config: DeploymentConfig, variants: readonly VariantState[]): void {
  const routing = config.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration;
  const sizes = [
    { member: "CanarySize", size: routing?.CanarySize, from: 0, to: 50 },
    { member: "LinearStepSize", size: routing?.LinearStepSize, from: 10, to: 50 },
    { member: "MaximumBatchSize", size: config.RollingUpdatePolicy?.MaximumBatchSize, from: 5, to: 50 },
    {
      member: "RollbackMaximumBatchSize",
      size: config.RollingUpdatePolicy?.RollbackMaximumBatchSize,
      from: 5,
      to: 100,
    },
  ];
  for (const { member, size, from, to } of sizes) {
    if (size === undefined) continue;
    for (const { name, desiredInstances: all } of variants) checkSize(member, size, { name, all, from, to });
  }
}

function checkSize(
  member: string,
  { Type, Value = 0 }: CapacitySize,
  { name, all, from, to }: { name: string; all: number; from: number; to: number },
): void {
  const range = from === 0 ? `less than or equal to ${to}%` : `${from}-${to}%`;
  const rule = `${member} must be ${range} of the variant's total instance count`;
  if (to === 50 && all < 2) {
    throw validationException(
      `${rule}. Variant ${name} has ${all} instance(s), of which no part can be shifted; give it at least 2.`,
    );
  }
  const percent = Type === "INSTANCE_COUNT" ? (100 * Value) / all : Value;
  if (percent >= from && percent <= to) return;
  const given = Type === "INSTANCE_COUNT" ? `${Value} instance(s) of ${all}` : `${Value}%`;
  throw validationException(`${rule}. It is ${given} for variant ${name}.`);
}

function checkTimeout(config: DeploymentConfig, variants: readonly VariantState[]): void {
  const policy = config.BlueGreenUpdatePolicy;
  const limit = policy?.MaximumExecutionTimeoutInSeconds;
  if (policy === undefined || limit === undefined) return;
  const { Type, WaitIntervalInSeconds = 0, LinearStepSize } = policy.TrafficRoutingConfiguration ?? {};
  const steps = variants.map(({ desiredInstances: all }) => {
    const size =
      LinearStepSize?.Type === "CAPACITY_PERCENT" ? ((LinearStepSize.Value ?? 1) * all) / 100 : LinearStepSize?.Value;
    return Math.ceil(all / Math.max(1, Math.ceil(size ?? all)));
  });
  const waits = Type === "CANARY" ? 1 : Type === "LINEAR" ? Math.max(0, ...steps) - 1 : 0;
  const total = waits * WaitIntervalInSeconds + (policy.TerminationWaitInSeconds ?? 0);
  if (limit > total) return;
  throw validationException(
    `MaximumExecutionTimeoutInSeconds (${limit}) must be larger than the total waiting time specified in TerminationWaitInSeconds and WaitIntervalInSeconds (${total}).`,
  );
}

function checkAlarms(config: DeploymentConfig, alarms: Pick<AlarmStates, "stateOf">): void {
  const named = (config.AutoRollbackConfiguration?.Alarms ?? []).map(({ AlarmName }) => AlarmName ?? "");
  const unknown = named.filter((name) => alarms.stateOf(name) === undefined);
  if (unknown.length === 0) return;
  throw validationException(
    `AutoRollbackConfiguration names CloudWatch alarm(s) that do not exist: ${unknown.join(", ")}. Create them first.`,
  );
}

function shiftOf({ BlueGreenUpdatePolicy, RollingUpdatePolicy }: DeploymentConfig): string | undefined {
  if (RollingUpdatePolicy !== undefined) return "RollingUpdatePolicy";
  const type = BlueGreenUpdatePolicy?.TrafficRoutingConfiguration?.Type;
  return type === "CANARY" || type === "LINEAR" ? `${type} traffic routing` : undefined;
}
