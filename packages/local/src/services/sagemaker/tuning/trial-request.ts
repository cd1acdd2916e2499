import { createHash } from "node:crypto";
import type { CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import type { Collection } from "../../../state/store";
import type { Parameters } from "./draw";
import { definitionsOf, objectiveOf, type Trial, type TuningJob } from "./tuning-job";

/** `<tuning job>-001-<8 hex>`; the digest is of the job and the trial, so that a resumed search finds the trial it started. */
export function trialName(tuningJob: string, index: number, parameters: Parameters): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([tuningJob, index, parameters]))
    .digest("hex");
  return `${tuningJob}-${String(index).padStart(3, "0")}-${digest.slice(0, 8)}`;
}

/** ARN of the tuning job that a training job is a trial of; a trial is kept before its training job is made. */
export function tuningJobOf(jobs: Pick<Collection<TuningJob>, "get">, trainingJob: string): string | undefined {
  const job = jobs.get(trainingJob.replace(/-\d{3,}-[0-9a-f]{8}$/, ""));
  return job?.trials.some(({ name }) => name === trainingJob) ? job.arn : undefined;
}

/** The training job of a trial. */
export function trialRequest(job: TuningJob, trial: Trial): CreateTrainingJobRequest {
  const definition = definitionsOf(job.request)[trial.definition];
  if (definition === undefined) throw new RangeError(`Tuning job ${job.name} has no definition ${trial.definition}.`);
  const { AlgorithmSpecification, HyperParameterTuningResourceConfig: flexible, CheckpointConfig } = definition;
  return {
    TrainingJobName: trial.name,
    HyperParameters: {
      ...definition.StaticHyperParameters,
      ...trial.parameters,
      _tuning_objective_metric: objectiveOf(job.request, trial.definition)?.MetricName ?? "",
    },
    AlgorithmSpecification: {
      TrainingImage: AlgorithmSpecification?.TrainingImage,
      AlgorithmName: AlgorithmSpecification?.AlgorithmName,
      TrainingInputMode: AlgorithmSpecification?.TrainingInputMode,
      MetricDefinitions: AlgorithmSpecification?.MetricDefinitions,
    },
    RoleArn: definition.RoleArn,
    InputDataConfig: definition.InputDataConfig,
    VpcConfig: definition.VpcConfig,
    OutputDataConfig: definition.OutputDataConfig,
    ResourceConfig: definition.ResourceConfig ?? {
      InstanceType: flexible?.InstanceType ?? flexible?.InstanceConfigs?.[0]?.InstanceType,
      InstanceCount: flexible?.InstanceCount ?? flexible?.InstanceConfigs?.[0]?.InstanceCount,
      VolumeSizeInGB: flexible?.VolumeSizeInGB ?? flexible?.InstanceConfigs?.[0]?.VolumeSizeInGB,
    },
    StoppingCondition: definition.StoppingCondition,
    EnableNetworkIsolation: definition.EnableNetworkIsolation,
    EnableInterContainerTrafficEncryption: definition.EnableInterContainerTrafficEncryption,
    EnableManagedSpotTraining: definition.EnableManagedSpotTraining,
    // Each trial has checkpoints of its own; in a shared folder one trial would resume another's model.
    ...(CheckpointConfig?.S3Uri === undefined
      ? {}
      : {
          CheckpointConfig: {
            ...CheckpointConfig,
            S3Uri: `${CheckpointConfig.S3Uri.replace(/\/$/, "")}/${trial.name}`,
          },
        }),
    RetryStrategy: definition.RetryStrategy,
    Environment: definition.Environment,
    Tags: job.request.Tags,
  };
}
