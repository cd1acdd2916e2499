import { createHash } from "node:crypto";
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { CreateEndpointConfigInput, CreateModelInput, ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { Serving } from "../environment/serving";
import type { UpdateStrategy } from "../environment/update-strategy";
import type { ModelDetails } from "../registry";
import { alarmRequest, type EndpointServing, guardAlarms } from "./guard-alarms";
import { requireScalable, scalableTarget, scalingPolicy } from "./scaling";
import { atOnce } from "./update-policy";

/** The ways of serving that have a SageMaker endpoint. */
export type HostedServing = EndpointServing | Extract<Serving, { mode: "serverless" }>;

/** What shall be served, and how. */
export interface DeploymentWish {
  readonly endpoint: string;
  readonly roleArn: string;
  readonly serving: HostedServing;
  /** The version of every variant that names none itself. */
  readonly model: ModelDetails;
  /** Versions that variants name themselves. @default none does */
  readonly pinned?: ReadonlyMap<number, ModelDetails>;
  /** Whether alarms are made that turn an update back. @default true */
  readonly guarded?: boolean;
  /** Environment added to that of the model package. @default nothing */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where captured requests go; needed when `serving.capture` is there. */
  readonly captureUri?: string;
  /** Encrypts volumes and captures. @default keys that AWS manages */
  readonly kmsKey?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Everything that shall be there, as the requests that make it. Names are made from the content. */
export interface DesiredDeployment {
  readonly endpoint: string;
  readonly models: readonly { readonly version: ModelDetails; readonly request: CreateModelInput }[];
  readonly configuration: CreateEndpointConfigInput;
  /** Version behind each variant: "churn/4". */
  readonly versions: Readonly<Record<string, string>>;
  readonly alarms: readonly PutMetricAlarmInput[];
  /** Alarms that are there already and turn an update back too. */
  readonly furtherAlarms: readonly string[];
  readonly scaling: readonly {
    readonly variant: string;
    readonly target: ReturnType<typeof scalableTarget>;
    readonly policy: ReturnType<typeof scalingPolicy>;
  }[];
  readonly update: UpdateStrategy;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

/** @throws OperationError `instance_cannot_scale` */
export function desiredDeployment(wish: DeploymentWish): DesiredDeployment {
  const { endpoint, serving, tags = {}, guarded = true } = wish;
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const models = variantsOf(wish).map(({ name, weight, version }) => {
    const request = modelRequest(wish, version, Tags);
    return { name, weight, version, request };
  });
  const configuration = configurationRequest(wish, models.map(productionVariant(wish)), Tags);
  const names = models.map(({ name }) => name);
  const endpointServing = serving.mode === "endpoint" ? serving : undefined;
  const scaling = endpointServing?.autoscaling;
  if (scaling !== undefined) requireScalable(endpointServing?.instanceType ?? "");
  const rules = guarded ? endpointServing?.rollback : undefined;
  return {
    endpoint,
    models: models.filter(({ request }, index) => {
      return models.findIndex((other) => other.request.ModelName === request.ModelName) === index;
    }),
    configuration,
    versions: Object.fromEntries(models.map(({ name, version }) => [name, versionName(version)])),
    alarms: rules === undefined ? [] : guardAlarms(endpoint, names, rules).map((alarm) => alarmRequest(alarm, tags)),
    furtherAlarms: rules?.alarms ?? [],
    scaling:
      scaling === undefined
        ? []
        : names.map((variant) => ({
            variant,
            target: scalableTarget(endpoint, variant, scaling),
            policy: scalingPolicy(endpoint, variant, scaling),
          })),
    update: endpointServing?.update ?? atOnce,
    tags: Tags,
  };
}

/** "churn/4". */
export function versionName({ group, version }: Pick<ModelDetails, "group" | "version">): string {
  return `${group}/${version}`;
}

function variantsOf({ serving, model, pinned }: DeploymentWish) {
  const variants = serving.mode === "endpoint" ? serving.variants : [{ name: "AllTraffic", weight: 1 }];
  return variants.map(({ name, weight, modelVersion }: EndpointServing["variants"][number]) => ({
    name,
    weight,
    version: (modelVersion === undefined ? undefined : pinned?.get(modelVersion)) ?? model,
  }));
}

type Tags = DesiredDeployment["tags"][number][];

function modelRequest(wish: DeploymentWish, version: ModelDetails, tags: Tags): CreateModelInput {
  const vpc = wish.serving.mode === "endpoint" ? wish.serving.vpc : undefined;
  const request = {
    ExecutionRoleArn: wish.roleArn,
    PrimaryContainer: { ModelPackageName: version.arn, Environment: { ...wish.environment } },
    ...(vpc === undefined ? {} : { VpcConfig: { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups } }),
  };
  const ModelName = contentName(wish.endpoint, { ...request, image: version.image, data: version.modelDataUrl });
  return { ModelName, ...request, ...(tags.length === 0 ? {} : { Tags: tags }) };
}

function productionVariant({ serving }: DeploymentWish) {
  return ({
    name,
    weight,
    request,
  }: {
    name: string;
    weight: number;
    request: CreateModelInput;
  }): ProductionVariant => {
    const common = { VariantName: name, ModelName: request.ModelName ?? "" };
    if (serving.mode === "endpoint") {
      const { instanceType, instances } = serving;
      return {
        ...common,
        InstanceType: instanceType as NonNullable<ProductionVariant["InstanceType"]>,
        InitialInstanceCount: instances,
        InitialVariantWeight: weight,
      };
    }
    const { memoryMb, maximumConcurrency, provisionedConcurrency } = serving;
    const kept = provisionedConcurrency === undefined ? {} : { ProvisionedConcurrency: provisionedConcurrency };
    return {
      ...common,
      InitialVariantWeight: weight,
      ServerlessConfig: { MemorySizeInMB: memoryMb, MaxConcurrency: maximumConcurrency, ...kept },
    };
  };
}

function configurationRequest(
  wish: DeploymentWish,
  variants: ProductionVariant[],
  tags: Tags,
): CreateEndpointConfigInput {
  const { endpoint, serving, captureUri, kmsKey } = wish;
  const key = kmsKey === undefined ? {} : { KmsKeyId: kmsKey };
  const share = serving.mode === "endpoint" ? serving.capture?.share : undefined;
  const content = {
    ProductionVariants: variants,
    ...(serving.mode === "endpoint" ? key : {}),
    ...(share === undefined || share === 0 || captureUri === undefined
      ? {}
      : { DataCaptureConfig: capture(share, captureUri, key) }),
  };
  const EndpointConfigName = contentName(endpoint, content);
  return { EndpointConfigName, ...content, ...(tags.length === 0 ? {} : { Tags: tags }) };
}

function capture(
  share: number,
  uri: string,
  key: { KmsKeyId?: string },
): CreateEndpointConfigInput["DataCaptureConfig"] {
  return {
    EnableCapture: true,
    InitialSamplingPercentage: Math.round(share * 100),
    DestinationS3Uri: uri,
    CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
    CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"], JsonContentTypes: ["application/json"] },
    ...key,
  };
}

/** A name of at most 63 characters that the same content always gets. */
function contentName(prefix: string, content: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 12);
  return `${prefix.slice(0, 50)}-${digest}`;
}
