import type {
  DescribeHyperParameterTuningJobResponse,
  HyperParameterTrainingJobSummary,
  HyperParameterTuningJobSummary,
} from "@aws-sdk/client-sagemaker";
import type { Answer } from "../../../service";
import { bestTrial, definitionsOf, objectiveOf, type Trial, type TuningJob } from "./tuning-job";

/** DescribeHyperParameterTuningJob's answer. */
export function tuningDescription(job: TuningJob): Answer<DescribeHyperParameterTuningJobResponse> {
  const best = bestTrial(job);
  return {
    HyperParameterTuningJobName: job.name,
    HyperParameterTuningJobArn: job.arn,
    HyperParameterTuningJobConfig: job.request.HyperParameterTuningJobConfig,
    TrainingJobDefinition: job.request.TrainingJobDefinition,
    TrainingJobDefinitions: job.request.TrainingJobDefinitions,
    HyperParameterTuningJobStatus: job.status,
    CreationTime: new Date(job.creationTime),
    LastModifiedTime: new Date(job.lastModifiedTime),
    HyperParameterTuningEndTime: dateOf(job.endTime),
    TrainingJobStatusCounters: trainingCounters(job),
    ObjectiveStatusCounters: objectiveCounters(job),
    BestTrainingJob: best === undefined ? undefined : trialSummary(job, best),
    FailureReason: job.failureReason,
    ConsumedResources: { RuntimeInSeconds: consumedSeconds(job) },
  };
}

/** A row of ListHyperParameterTuningJobs. */
export function tuningSummary(job: TuningJob): HyperParameterTuningJobSummary {
  return {
    HyperParameterTuningJobName: job.name,
    HyperParameterTuningJobArn: job.arn,
    HyperParameterTuningJobStatus: job.status,
    Strategy: job.request.HyperParameterTuningJobConfig?.Strategy,
    CreationTime: new Date(job.creationTime),
    LastModifiedTime: new Date(job.lastModifiedTime),
    HyperParameterTuningEndTime: dateOf(job.endTime),
    TrainingJobStatusCounters: trainingCounters(job),
    ObjectiveStatusCounters: objectiveCounters(job),
    ResourceLimits: job.request.HyperParameterTuningJobConfig?.ResourceLimits,
  };
}

/** A row of ListTrainingJobsForHyperParameterTuningJob. */
export function trialSummary(job: TuningJob, trial: Trial): HyperParameterTrainingJobSummary {
  const objective = objectiveOf(job.request, trial.definition);
  return {
    TrainingJobDefinitionName: definitionsOf(job.request)[trial.definition]?.DefinitionName,
    TrainingJobName: trial.name,
    TrainingJobArn: trial.arn,
    TuningJobName: job.name,
    CreationTime: new Date(trial.creationTime),
    TrainingStartTime: dateOf(trial.startTime),
    TrainingEndTime: dateOf(trial.endTime),
    TrainingJobStatus: trial.status,
    TunedHyperParameters: { ...trial.parameters },
    FailureReason: trial.failureReason,
    FinalHyperParameterTuningJobObjectiveMetric:
      trial.value === undefined
        ? undefined
        : { Type: objective?.Type, MetricName: objective?.MetricName, Value: trial.value },
    ObjectiveStatus: trial.objectiveStatus,
  };
}

function trainingCounters(job: TuningJob) {
  const count = (...statuses: readonly string[]) => job.trials.filter(({ status }) => statuses.includes(status)).length;
  return {
    Completed: count("Completed"),
    InProgress: count("InProgress", "Stopping"),
    RetryableError: 0,
    NonRetryableError: count("Failed"),
    Stopped: count("Stopped"),
  };
}

function objectiveCounters(job: TuningJob) {
  const count = (wanted: string) => job.trials.filter(({ objectiveStatus }) => objectiveStatus === wanted).length;
  return { Succeeded: count("Succeeded"), Pending: count("Pending"), Failed: count("Failed") };
}

function consumedSeconds(job: TuningJob): number {
  const spans = job.trials.map(({ startTime, endTime }) =>
    startTime === undefined || endTime === undefined ? 0 : endTime - startTime,
  );
  return Math.round(spans.reduce((sum, span) => sum + span, 0) / 1_000);
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
