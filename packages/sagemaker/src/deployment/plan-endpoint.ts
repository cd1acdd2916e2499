import type { DescribeEndpointConfigOutput, ProductionVariant, UpdateEndpointInput } from "@aws-sdk/client-sagemaker";
import type { CurrentDeployment } from "./current";
import type { DesiredDeployment } from "./desired";
import { type Difference, differences } from "./difference";
import type { DeploymentPlan, DeploymentRequest, PlannedChange, PlanWarning } from "./plan";
import { deploymentConfig, type Fleet, possibleStrategy } from "./update-policy";

/** Tag of an endpoint configuration: the configuration that served before it. It is what `rollback` returns to. */
export const REPLACES_TAG = "sagewright:replaces";

/** Members of an update that leave the counts as autoscaling has set them; weights and capture are the configuration's. */
export const retainingCounts = {
  RetainAllVariantProperties: true,
  ExcludeRetainedVariantProperties: [
    { VariantPropertyType: "DesiredWeight" },
    { VariantPropertyType: "DataCaptureConfig" },
  ],
} satisfies Partial<UpdateEndpointInput>;

interface PlannedEndpoint {
  readonly change: DeploymentPlan["change"];
  readonly planned: PlannedChange;
  readonly warnings: PlanWarning[];
}

/** What becomes of the endpoint itself. */
export function planEndpoint(desired: DesiredDeployment, current: CurrentDeployment): PlannedEndpoint {
  const { endpoint: name, tags } = desired;
  const EndpointConfigName = desired.configuration.EndpointConfigName ?? "";
  const planned = (
    action: PlannedChange["action"],
    requests: PlannedChange["requests"] = [],
    differing: readonly Difference[] = [],
  ): PlannedChange => ({ kind: "Endpoint", name, action, differences: differing, requests });
  const found = current.endpoint;
  if (found === undefined || found.EndpointStatus === "Deleting") {
    const Tags = tags.length === 0 ? {} : { Tags: [...tags] };
    const request = {
      operation: "CreateEndpoint",
      input: { EndpointName: name, EndpointConfigName, ...Tags },
    } as const;
    return { change: "created", planned: planned("create", [request]), warnings: [] };
  }
  const underWay = configurationUnderWay(current);
  if (underWay === EndpointConfigName) return { change: "resumed", planned: planned("resume"), warnings: [] };
  const warnings = hindrances(current, underWay);
  if (underWay === undefined && found.EndpointConfigName === EndpointConfigName && warnings.length === 0)
    return { change: "unchanged", planned: planned("keep"), warnings };
  const { input, reason } = updateRequest(desired, current);
  const before = found.EndpointConfigName ?? "";
  const requests: DeploymentRequest[] = [
    {
      operation: "AddTags",
      input: {
        ResourceArn: configurationArn(found.EndpointArn ?? "", EndpointConfigName),
        Tags: [{ Key: REPLACES_TAG, Value: before }],
      },
    },
    { operation: "UpdateEndpoint", input },
  ];
  const changed: PlanWarning[] =
    reason === undefined ? [] : [{ code: "strategy_changed", message: `${reason}.`, blocking: false }];
  const facts = [
    servedFacts(current.configuration, current.versions),
    servedFacts(desired.configuration, desired.versions),
  ];
  return {
    change: "updated",
    planned: planned("change", requests, differences(facts[0] ?? {}, facts[1] ?? {})),
    warnings: [...warnings, ...changed],
  };
}

/** The configuration that an update, or the endpoint's creation, is bringing into service. */
export function configurationUnderWay({ endpoint }: Pick<CurrentDeployment, "endpoint">): string | undefined {
  if (endpoint?.EndpointStatus === "Creating") return endpoint.EndpointConfigName;
  return endpoint?.EndpointStatus === "Updating" ? endpoint.PendingDeploymentSummary?.EndpointConfigName : undefined;
}

/** ARN of a configuration in the account and region of an endpoint. */
export function configurationArn(endpointArn: string, configuration: string): string {
  return endpointArn.replace(/:endpoint\/.*$/, `:endpoint-config/${configuration}`);
}

function hindrances({ endpoint }: CurrentDeployment, underWay: string | undefined): PlanWarning[] {
  const { EndpointName: name, EndpointStatus: status, FailureReason: reason } = endpoint ?? {};
  if (status === "Failed") {
    const message = `Endpoint ${name} failed earlier (${reason ?? "no reason given"}) and cannot be updated. Delete it, then deploy again.`;
    return [{ code: "endpoint_failed", message, blocking: true }];
  }
  const busy = underWay === undefined ? status === "RollingBack" : true;
  if (!busy) return [];
  const what = underWay === undefined ? "is being turned back" : `is being brought to ${underWay}`;
  const message = `Endpoint ${name} ${what}, and takes no other update until that has ended. Wait, or end it with: sagewright rollback ${name}`;
  return [{ code: "endpoint_busy", message, blocking: true }];
}

/** Without autoscaling the configuration's own count is meant. */
function updateRequest(
  desired: DesiredDeployment,
  current: CurrentDeployment,
): { input: UpdateEndpointInput; reason?: string } {
  const { strategy, reason } = possibleStrategy(desired.update, fleetOf(current), {
    variants: Object.keys(desired.versions),
    serverless: isServerless(desired.configuration.ProductionVariants),
  });
  const scaled = desired.scaling.some(({ variant }) => current.targets.has(variant));
  const alarms = [...desired.alarms.map(({ AlarmName = "" }) => AlarmName), ...desired.furtherAlarms];
  return {
    input: {
      EndpointName: desired.endpoint,
      EndpointConfigName: desired.configuration.EndpointConfigName,
      ...(scaled ? retainingCounts : {}),
      DeploymentConfig: deploymentConfig(strategy, alarms),
    },
    ...(reason === undefined ? {} : { reason }),
  };
}

function fleetOf({ endpoint, configuration }: CurrentDeployment): Fleet {
  const variants = (endpoint?.ProductionVariants ?? []).map(({ VariantName = "" }) => VariantName);
  return { variants, serverless: isServerless(configuration?.ProductionVariants) };
}

function isServerless(variants: readonly ProductionVariant[] | undefined): boolean {
  return (variants ?? []).some(({ ServerlessConfig }) => ServerlessConfig !== undefined);
}

type Served = Pick<DescribeEndpointConfigOutput, "ProductionVariants" | "DataCaptureConfig" | "KmsKeyId">;

/** A configuration as people compare it. */
function servedFacts(configuration: Served | undefined, versions: Readonly<Record<string, string>>) {
  const facts: Record<string, Difference["before"]> = {};
  for (const variant of configuration?.ProductionVariants ?? []) {
    const { VariantName = "", InstanceType, InitialInstanceCount, InitialVariantWeight, ServerlessConfig } = variant;
    const own = {
      model: versions[VariantName],
      instanceType: InstanceType,
      instances: InitialInstanceCount,
      weight: InitialVariantWeight,
      memoryMb: ServerlessConfig?.MemorySizeInMB,
      maximumConcurrency: ServerlessConfig?.MaxConcurrency,
      provisionedConcurrency: ServerlessConfig?.ProvisionedConcurrency,
    };
    for (const [key, value] of Object.entries(own)) facts[`${VariantName}.${key}`] = value;
  }
  const capture = configuration?.DataCaptureConfig;
  facts.capturePercent = capture?.EnableCapture === false ? undefined : capture?.InitialSamplingPercentage;
  facts.captureUri = capture?.DestinationS3Uri;
  facts.kmsKey = configuration?.KmsKeyId;
  return facts;
}
