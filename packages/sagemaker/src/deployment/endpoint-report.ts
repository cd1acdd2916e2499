import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import type { Clients } from "../clients";
import type { HostingCost } from "../cost/hosting";
import { OperationError } from "../errors";
import { alarmsOf, currentDeployment, describeConfiguration, versionsOf } from "./current";
import { guardAlarmName, guardWords } from "./guard-alarms";
import { deploymentHistory, type FormerDeployment } from "./history";
import { currentCost } from "./plan-cost";
import { configurationUnderWay } from "./plan-endpoint";
import { stageOf } from "./settle";
import { type RecentTraffic, recentTraffic } from "./traffic";

/** A variant as it serves now. */
export interface VariantReport {
  readonly name: string;
  /** "churn/4". */
  readonly version: string;
  /** Part of the requests, 0 to 1. */
  readonly share: number;
  readonly instanceType?: string;
  /** Absent for serverless inference. */
  readonly instances?: { readonly current: number; readonly desired: number };
  readonly serverless?: { readonly memoryMb: number; readonly maximumConcurrency: number };
  readonly scaling?: { readonly minimum: number; readonly maximum: number; readonly target?: number };
}

/** Everything an on-call engineer asks of an endpoint. */
export interface EndpointReport {
  readonly endpoint: string;
  readonly status: string;
  /** Why it failed, or why its last update was turned back. */
  readonly failureReason?: string;
  readonly createdAt?: Date;
  readonly changedAt?: Date;
  readonly endpointConfigName: string;
  readonly variants: readonly VariantReport[];
  /** What is being brought into service. @default absent when nothing is */
  readonly update?: {
    readonly endpointConfigName: string;
    readonly versions: Readonly<Record<string, string>>;
    /** In AWS's words. */
    readonly stage?: string;
    readonly startedAt?: Date;
  };
  readonly alarms: readonly { readonly name: string; readonly state: string; readonly reason?: string }[];
  readonly traffic: RecentTraffic;
  readonly capture?: { readonly percent: number; readonly uri: string };
  readonly cost: HostingCost;
  /** What `rollback` returns to, then what came before that. */
  readonly before: readonly FormerDeployment[];
}

type Reading = Pick<Clients, "sagemaker" | "cloudwatch" | "scaling">;

/**
 * Describes an endpoint: what serves, what is under way, alarms, scaling, the last hour's traffic, cost, and the way back.
 *
 * @throws OperationError `endpoint_unknown`
 */
export async function endpointReport(
  clients: Reading,
  endpoint: string,
  { now = new Date() }: { readonly now?: Date } = {},
): Promise<EndpointReport> {
  const current = await currentDeployment(clients, {
    endpoint,
    alarms: guardWords.map((word) => guardAlarmName(endpoint, word)),
  });
  const found = current.endpoint;
  if (found === undefined)
    throw new OperationError("endpoint_unknown", `There is no endpoint ${endpoint}.`, { facts: { endpoint } });
  const further = (found.LastDeploymentConfig?.AutoRollbackConfiguration?.Alarms ?? [])
    .map(({ AlarmName = "" }) => AlarmName)
    .filter((name) => !current.alarms.has(name));
  const alarms = [...current.alarms.values(), ...(await alarmsOf(clients, further)).values()];
  const variants = variantReports(current);
  const update = await underWay(clients, found);
  const capture = found.DataCaptureConfig;
  return {
    endpoint,
    status: found.EndpointStatus ?? "",
    ...(found.FailureReason === undefined ? {} : { failureReason: found.FailureReason }),
    ...(found.CreationTime === undefined ? {} : { createdAt: found.CreationTime }),
    ...(found.LastModifiedTime === undefined ? {} : { changedAt: found.LastModifiedTime }),
    endpointConfigName: found.EndpointConfigName ?? "",
    variants,
    ...(update === undefined ? {} : { update }),
    alarms: alarms.map(({ AlarmName = "", StateValue = "", StateReason }) => ({
      name: AlarmName,
      state: StateValue,
      ...(StateReason === undefined ? {} : { reason: StateReason }),
    })),
    traffic: await recentTraffic(clients, { endpoint, variants: variants.map(({ name }) => name), now }),
    ...(capture?.EnableCapture === true
      ? { capture: { percent: capture.CurrentSamplingPercentage ?? 0, uri: capture.DestinationS3Uri ?? "" } }
      : {}),
    cost: currentCost(current),
    before: await deploymentHistory(clients, found),
  };
}

function variantReports({
  endpoint,
  configuration,
  versions,
  targets,
  policies,
}: Awaited<ReturnType<typeof currentDeployment>>) {
  const serving = endpoint?.ProductionVariants ?? configuration?.ProductionVariants ?? [];
  const weights = serving.map((variant) => ("CurrentWeight" in variant ? (variant.CurrentWeight ?? 0) : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return serving.map(({ VariantName: name = "" }, index): VariantReport => {
    const shown = endpoint?.ProductionVariants?.[index];
    const configured = configuration?.ProductionVariants?.find(({ VariantName }) => VariantName === name);
    const serverless = configured?.ServerlessConfig;
    const target = targets.get(name);
    const tracked = policies.find(({ ResourceId }) => ResourceId === target?.ResourceId);
    const wanted = tracked?.TargetTrackingScalingPolicyConfiguration?.TargetValue;
    return {
      name,
      version: versions[name] ?? "",
      share: total === 0 ? 0 : (weights[index] ?? 0) / total,
      ...(configured?.InstanceType === undefined ? {} : { instanceType: configured.InstanceType }),
      ...(serverless === undefined
        ? { instances: { current: shown?.CurrentInstanceCount ?? 0, desired: shown?.DesiredInstanceCount ?? 0 } }
        : {
            serverless: {
              memoryMb: serverless.MemorySizeInMB ?? 0,
              maximumConcurrency: serverless.MaxConcurrency ?? 0,
            },
          }),
      ...(target === undefined
        ? {}
        : {
            scaling: {
              minimum: target.MinCapacity ?? 0,
              maximum: target.MaxCapacity ?? 0,
              ...(wanted === undefined ? {} : { target: wanted }),
            },
          }),
    };
  });
}

async function underWay(clients: Reading, endpoint: DescribeEndpointOutput): Promise<EndpointReport["update"]> {
  const name = configurationUnderWay({ endpoint });
  if (name === undefined) return undefined;
  const configuration = await describeConfiguration(clients, name);
  const stage = stageOf(endpoint);
  const startedAt = endpoint.PendingDeploymentSummary?.StartTime;
  return {
    endpointConfigName: name,
    versions: configuration === undefined ? {} : await versionsOf(clients, configuration),
    ...(stage === undefined ? {} : { stage }),
    ...(startedAt === undefined ? {} : { startedAt }),
  };
}
