import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import type { Templated, Value } from "../expressions/expression";
import { asText } from "../expressions/join";
import { Step, type StepOptions } from "../step";
import { checkTrainingRules } from "../validate/training-rules";
import { type ChannelSource, inputDataConfig } from "./channels";
import { cluster, type Instances, type Network, type Tags, tagList, vpcConfig } from "./instances";
import { type ModelArtifact, modelArtifact, type Serving } from "./model-artifact";
import { checkpointUri, outputUri, targetRole } from "./outputs";
import type { StepKind } from "./step-kind";

/** Trains a model. */
export const trainingKind: StepKind = {
  type: "Training",
  operation: "CreateTrainingJob",
  nameMember: "TrainingJobName",
  describe: "DescribeTrainingJob",
  permissions: {
    actions: ["CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"],
    resources: ["training-job/*"],
  },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  cacheKey: [
    "AlgorithmSpecification",
    "CheckpointConfig",
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "Environment",
    "HyperParameters",
    "InputDataConfig",
  ],
  validate: ({ Arguments }, { path }) => checkTrainingRules(Arguments, `${path}.Arguments`),
};

/** What training and tuning steps have in common. */
export interface TrainingJobOptions extends StepOptions {
  readonly image: Value<string>;
  readonly hyperparameters?: Readonly<Record<string, Value<string | number | boolean>>>;
  /** Inputs by channel name. */
  readonly channels?: Readonly<Record<string, ChannelSource>>;
  /** Regular expressions that find metrics in the job's log, by metric name. */
  readonly metrics?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, Value<string | number | boolean>>>;
  readonly instances?: Instances;
  /** @default the longest wait with spot, otherwise 86400 */
  readonly maxRuntimeSeconds?: Value<number>;
  /** Managed spot: the longest time, waiting included. @default on-demand machines */
  readonly spot?: { readonly maxWaitSeconds: Value<number> };
  /** Folder for checkpoints, kept over retries and executions. @default on with spot, otherwise off */
  readonly checkpoints?: boolean | { readonly uri: Value<string> };
  /** S3 prefix of model archives. @default a folder of this step in this execution */
  readonly output?: Value<string>;
  /** How the model is served. @default the training image, without environment */
  readonly serving?: Serving;
  /** @default the compile target's role */
  readonly role?: Value<string>;
  readonly network?: Network & { readonly isolation?: boolean };
  readonly tags?: Tags;
}

/** Options of a training step. */
export interface TrainingOptions extends TrainingJobOptions {
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateTrainingJobRequest>>;
}

/** A training step. */
export type TrainingStep = Step<DescribeTrainingJobResponse> & {
  /** The model this job writes. */
  readonly model: ModelArtifact;
};

/** Trains a model. */
export function training(name: string, options: TrainingOptions): TrainingStep {
  const step = new Step<DescribeTrainingJobResponse>(
    trainingKind,
    name,
    {
      arguments: {
        HyperParameters: textMap(options.hyperparameters),
        ...trainingJob(name, options),
        Environment: textMap(options.environment),
        Tags: tagList(options.tags),
        ...options.request,
      },
    },
    options,
  );
  const model = modelArtifact(
    step.properties.ModelArtifacts.S3ModelArtifacts,
    options.serving ?? { image: options.image },
  );
  return Object.assign(step, { model });
}

/** The request members that a training job and a tuning job's definition share. */
export function trainingJob(name: string, options: TrainingJobOptions) {
  const { spot, network } = options;
  const metrics = Object.entries(options.metrics ?? {});
  const checkpoints = options.checkpoints ?? spot !== undefined;
  return {
    AlgorithmSpecification: {
      TrainingImage: options.image,
      TrainingInputMode: "File",
      MetricDefinitions: metrics.length ? metrics.map(([Name, Regex]) => ({ Name, Regex })) : undefined,
    },
    RoleArn: options.role ?? targetRole,
    InputDataConfig: inputDataConfig(options.channels),
    OutputDataConfig: { S3OutputPath: options.output ?? outputUri(name, "model") },
    ResourceConfig: cluster(options.instances),
    StoppingCondition: {
      MaxRuntimeInSeconds: options.maxRuntimeSeconds ?? spot?.maxWaitSeconds ?? 86_400,
      MaxWaitTimeInSeconds: spot?.maxWaitSeconds,
    },
    EnableManagedSpotTraining: spot ? true : undefined,
    CheckpointConfig: checkpoints
      ? { S3Uri: typeof checkpoints === "object" ? checkpoints.uri : checkpointUri(name) }
      : undefined,
    EnableNetworkIsolation: network?.isolation,
    VpcConfig: vpcConfig(network),
  };
}

/** A map of text, from values of any plain type. */
export function textMap(values: Readonly<Record<string, Value<string | number | boolean>>> | undefined) {
  return values && Object.fromEntries(Object.entries(values).map(([key, value]) => [key, asText(value)]));
}
