import type { DescribeTrainingJobResponse, TrainingJobSummary } from "@aws-sdk/client-sagemaker";
import type { CloudEvent } from "../../../event-bus";
import { hasEnded } from "../container-jobs/container-jobs";
import { modelUri, type TrainingRecord } from "./record";

/** The answer of DescribeTrainingJob. */
export function describeTrainingJob(record: TrainingRecord): DescribeTrainingJobResponse {
  const { request } = record;
  const ended = hasEnded(record);
  const seconds = record.trainingStartTime === undefined ? 0 : wholeSeconds(record.runSeconds);
  return {
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    ...optional("TuningJobArn", record.tuningJobArn),
    ModelArtifacts: { S3ModelArtifacts: record.modelArtifacts ?? modelUri(request) },
    TrainingJobStatus: record.status,
    SecondaryStatus: record.secondaryStatus as DescribeTrainingJobResponse["SecondaryStatus"],
    ...optional("FailureReason", record.failureReason),
    HyperParameters: request.HyperParameters ?? {},
    AlgorithmSpecification: {
      ...request.AlgorithmSpecification,
      EnableSageMakerMetricsTimeSeries: request.AlgorithmSpecification.EnableSageMakerMetricsTimeSeries ?? false,
    },
    RoleArn: request.RoleArn,
    ...optional("InputDataConfig", request.InputDataConfig),
    OutputDataConfig: request.OutputDataConfig,
    ResourceConfig: request.ResourceConfig,
    ...optional("VpcConfig", request.VpcConfig),
    StoppingCondition: request.StoppingCondition ?? { MaxRuntimeInSeconds: 86_400 },
    CreationTime: new Date(record.creationTime),
    ...optionalTime("TrainingStartTime", record.trainingStartTime),
    ...optionalTime("TrainingEndTime", record.trainingEndTime),
    LastModifiedTime: new Date(record.lastModifiedTime),
    SecondaryStatusTransitions: record.transitions.map((entry) => ({
      Status: entry.status as DescribeTrainingJobResponse["SecondaryStatus"],
      StartTime: new Date(entry.startTime),
      ...optionalTime("EndTime", entry.endTime),
      StatusMessage: entry.message,
    })),
    FinalMetricDataList: record.finalMetrics.map(({ name, value, timestamp }) => ({
      MetricName: name,
      Value: value,
      Timestamp: new Date(timestamp),
    })),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ...optional("CheckpointConfig", request.CheckpointConfig),
    ...(ended && seconds > 0 ? { TrainingTimeInSeconds: seconds, BillableTimeInSeconds: seconds } : {}),
    ...optional("ExperimentConfig", request.ExperimentConfig),
    ...optional("Environment", request.Environment),
    ...optional("RetryStrategy", request.RetryStrategy),
    ...optional("DebugHookConfig", request.DebugHookConfig),
    ...optional("ProfilerConfig", request.ProfilerConfig),
    ProfilingStatus: request.ProfilerConfig?.DisableProfiler === false ? "Enabled" : "Disabled",
  } as DescribeTrainingJobResponse;
}

/** An entry of ListTrainingJobs. */
export function summarizeTrainingJob(record: TrainingRecord): TrainingJobSummary {
  return {
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    CreationTime: new Date(record.creationTime),
    ...optionalTime("TrainingEndTime", record.trainingEndTime),
    LastModifiedTime: new Date(record.lastModifiedTime),
    TrainingJobStatus: record.status,
    SecondaryStatus: record.secondaryStatus as TrainingJobSummary["SecondaryStatus"],
  };
}

/** What EventBridge says about a job: the members of Describe, times in epoch milliseconds. */
export function trainingEvent(record: TrainingRecord): CloudEvent {
  return {
    source: "aws.sagemaker",
    detailType: "SageMaker Training Job State Change",
    time: new Date(record.lastModifiedTime),
    resources: [record.arn],
    detail: {
      ...(withEpochTimes(describeTrainingJob(record)) as Record<string, unknown>),
      Tags: tagObject(record.tags),
    },
  };
}

/** Replaces every Date in a plain value by epoch milliseconds. */
export function withEpochTimes(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(withEpochTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withEpochTimes(member)]));
}

/** Tags as EventBridge shows them. */
export const tagObject = (tags: readonly { Key: string; Value: string }[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

const wholeSeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds));

const optional = <K extends string, V>(key: K, value: V | undefined) =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

const optionalTime = <K extends string>(key: K, time: number | undefined) =>
  time === undefined ? {} : ({ [key]: new Date(time) } as Record<K, Date>);
