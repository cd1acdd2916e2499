import type {
  DataCaptureConfig,
  DataCaptureConfigSummary,
  DescribeEndpointConfigOutput,
  DescribeEndpointOutput,
  EndpointSummary,
  ProductionVariantInstanceType,
  ProductionVariantStatus,
} from "@aws-sdk/client-sagemaker";
import type { Answer } from "../../../service";
import { type Deployment, type Stage, stageOf } from "./deployment/deployment";
import type { EndpointConfigRecord, EndpointRecord, Hosted, VariantState } from "./endpoint-record";

/** DescribeEndpointConfig's answer. */
export function configDescription(config: EndpointConfigRecord): Answer<DescribeEndpointConfigOutput> {
  const { Tags: _tags, ...request } = config.request;
  return {
    ...request,
    EndpointConfigName: config.name,
    EndpointConfigArn: config.arn,
    CreationTime: new Date(config.creationTime),
  } as Answer<DescribeEndpointConfigOutput>;
}

/** DescribeEndpoint's answer. Until an update is done, the former configuration is the endpoint's. */
export function endpointDescription(endpoint: EndpointRecord): Answer<DescribeEndpointOutput> {
  const { capture } = endpoint;
  const served = endpoint.status !== "Creating" && endpoint.status !== "Failed";
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    EndpointStatus: endpoint.status,
    ProductionVariants: served ? endpoint.variants.map((variant) => blueSummary(endpoint, variant)) : undefined,
    ShadowProductionVariants: served ? endpoint.shadows?.map((variant) => blueSummary(endpoint, variant)) : undefined,
    DataCaptureConfig: served && capture !== undefined ? captureSummary(capture) : undefined,
    FailureReason: endpoint.failureReason,
    CreationTime: new Date(endpoint.creationTime),
    LastModifiedTime: new Date(endpoint.lastModifiedTime),
    LastDeploymentConfig: endpoint.lastDeploymentConfig,
    PendingDeploymentSummary: pendingSummary(endpoint),
  };
}

/** A row of ListEndpoints. */
export function endpointSummary(endpoint: EndpointRecord): EndpointSummary {
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointStatus: endpoint.status,
    CreationTime: new Date(endpoint.creationTime),
    LastModifiedTime: new Date(endpoint.lastModifiedTime),
  };
}

function captureSummary(capture: DataCaptureConfig): DataCaptureConfigSummary {
  const enabled = capture.EnableCapture !== false;
  return {
    EnableCapture: enabled,
    CaptureStatus: enabled ? "Started" : "Stopped",
    CurrentSamplingPercentage: capture.InitialSamplingPercentage,
    DestinationS3Uri: capture.DestinationS3Uri,
    KmsKeyId: capture.KmsKeyId ?? "",
  };
}

function pendingSummary(endpoint: EndpointRecord): DescribeEndpointOutput["PendingDeploymentSummary"] {
  const { pending, deployment, status } = endpoint;
  if (pending === undefined || deployment === undefined || status === "UpdateRollbackFailed") return undefined;
  const stage = stageOf(deployment);
  const summarised = (variant: VariantState) => ({
    ...summary(pending, variant, stage?.active[variant.name] ?? variant.instances),
    InstanceType: variant.instanceType as ProductionVariantInstanceType | undefined,
    VariantStatus: statusOf(deployment, "green", variant.name),
  });
  return {
    EndpointConfigName: pending.configName,
    StartTime: new Date(pending.startTime),
    ProductionVariants: pending.variants.map(summarised),
    ShadowProductionVariants: pending.shadows?.map(summarised),
  };
}

function blueSummary(endpoint: EndpointRecord, variant: VariantState) {
  const { deployment } = endpoint;
  if (deployment === undefined) {
    return { ...summary(endpoint, variant, variant.instances), VariantStatus: scaling(endpoint, variant) };
  }
  const instances = blueInstances(stageOf(deployment), variant);
  return {
    ...summary(endpoint, variant, instances),
    VariantStatus: statusOf(deployment, "blue", variant.name),
  };
}

/** What runs of the old fleet: a stage says what is to be reached, here it is not yet. */
function blueInstances(stage: Stage | undefined, { name, instances }: VariantState): number {
  if (stage === undefined) return instances;
  const wanted = stage.blue[name] ?? instances;
  const about = stage.fleet === "blue" ? (stage.concerns[name] ?? 0) : 0;
  if (stage.kind === "Deleting") return wanted + about;
  return stage.kind === "Creating" ? wanted - about : wanted;
}

function summary({ served }: Hosted, variant: VariantState, instances: number) {
  const image = served?.[variant.name]?.image;
  const capacity =
    variant.serverless === undefined
      ? { CurrentInstanceCount: instances, DesiredInstanceCount: variant.desiredInstances }
      : { CurrentServerlessConfig: variant.serverless, DesiredServerlessConfig: variant.desiredServerless };
  return {
    VariantName: variant.name,
    DeployedImages: image === undefined ? undefined : [{ SpecifiedImage: image }],
    CurrentWeight: variant.weight,
    DesiredWeight: variant.desiredWeight,
    ...capacity,
  };
}

function statusOf(
  deployment: Deployment,
  fleet: Stage["fleet"],
  variant: string,
): ProductionVariantStatus[] | undefined {
  const stage = stageOf(deployment);
  if (stage === undefined || stage.fleet !== fleet) return undefined;
  const StartTime = new Date(deployment.stageStartTime);
  return [{ Status: stage.kind, StatusMessage: messageOf(deployment, stage, variant), StartTime }];
}

/** AWS's sentences, as its events show them. */
function messageOf(deployment: Deployment, stage: Stage, variant: string): string {
  const count = stage.concerns[variant] ?? 0;
  const whole = count >= (deployment[stage.fleet][variant] ?? 0);
  const capacity = `${whole ? "full" : "canary"} capacity of ${count} instance(s).`;
  if (stage.kind === "Creating") return `Launching ${count} instance(s).`;
  if (stage.kind === "Deleting") return `Terminating ${count} instance(s).`;
  if (stage.kind === "ActivatingTraffic") return `Activating traffic on ${capacity}`;
  return `Baking for ${stage.seconds} seconds (TerminationWaitInSeconds) with traffic enabled on ${capacity}`;
}

function scaling(endpoint: EndpointRecord, variant: VariantState): ProductionVariantStatus[] | undefined {
  const { instances, desiredInstances } = variant;
  if (endpoint.status !== "Updating" || instances === desiredInstances) return undefined;
  const way = desiredInstances > instances ? "out" : "in";
  const StatusMessage = `Scaling ${way} desired instance count to ${desiredInstances}.`;
  return [{ Status: "Updating", StatusMessage, StartTime: new Date(endpoint.lastModifiedTime) }];
}
