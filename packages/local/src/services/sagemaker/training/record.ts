import type { TrainingRequest } from "./request";

/** Statuses of a training job. */
export type TrainingStatus = "InProgress" | "Completed" | "Failed" | "Stopping" | "Stopped" | "Deleting";

/** One entry of the job's secondary status history. Times are epoch milliseconds. */
export interface Transition {
  status: string;
  startTime: number;
  /** Absent while the job is in this phase. */
  endTime?: number;
  message: string;
}

/** A metric as last reported. */
export interface FinalMetric {
  name: string;
  value: number;
  /** Epoch milliseconds. */
  timestamp: number;
}

/** What the state folder keeps of a training job. Times are epoch milliseconds. */
export interface TrainingRecord {
  name: string;
  arn: string;
  request: TrainingRequest;
  /** Who created it, when that was a tuning job. */
  tuningJobArn?: string;
  status: TrainingStatus;
  secondaryStatus: string;
  transitions: Transition[];
  creationTime: number;
  lastModifiedTime: number;
  trainingStartTime?: number;
  trainingEndTime?: number;
  /** Seconds in which the container ran, all attempts. */
  runSeconds: number;
  failureReason?: string;
  modelArtifacts?: string;
  finalMetrics: FinalMetric[];
  logStream: string;
  tags: { Key: string; Value: string }[];
}

/** AWS's own words for the phases. */
export const phaseMessages = {
  starting: "Starting the training job",
  preparing: "Preparing the instances for training",
  downloading: "Downloading input data",
  downloadingImage: "Downloading the training image",
  training: "Training image download completed. Training in progress.",
  interrupted: "The spot instance was interrupted.",
  stopping: "Stopping the training job",
  uploading: "Uploading generated training model",
  completed: "Training job completed",
  failed: "Training job failed",
  stopped: "Training job stopped",
  maxRuntime: "Training job runtime exceeded MaxRuntimeInSeconds provided",
  maxWait: "Training job runtime exceeded MaxWaitTimeInSeconds provided",
} as const;

/** Adds a phase: the open one ends at the moment the new one begins. */
export function enterPhase(record: TrainingRecord, status: string, message: string, now: number): TrainingRecord {
  const transitions = record.transitions.map((entry) =>
    entry.endTime === undefined ? { ...entry, endTime: now } : entry,
  );
  transitions.push({ status, startTime: now, message });
  return { ...record, secondaryStatus: status, transitions, lastModifiedTime: now };
}

/** How a job ends. */
export interface Ending {
  status: "Completed" | "Failed" | "Stopped";
  /** @default the status */
  secondaryStatus?: string;
  message: string;
  failureReason?: string;
  finalMetrics?: FinalMetric[];
  modelArtifacts?: string;
}

/** Ends a job. The last phase ends as it begins, so that no entry stays open. */
export function endJob(record: TrainingRecord, ending: Ending, now: number): TrainingRecord {
  const ended = enterPhase(record, ending.secondaryStatus ?? ending.status, ending.message, now);
  const last = ended.transitions.length - 1;
  return {
    ...ended,
    transitions: ended.transitions.map((entry, index) => (index === last ? { ...entry, endTime: now } : entry)),
    status: ending.status,
    trainingEndTime: now,
    finalMetrics: ending.finalMetrics ?? record.finalMetrics,
    ...(ending.failureReason === undefined ? {} : { failureReason: ending.failureReason.slice(0, 1024) }),
    ...(ending.modelArtifacts === undefined ? {} : { modelArtifacts: ending.modelArtifacts }),
  };
}

/** Where the model goes, by the request. */
export function modelUri(request: TrainingRequest): string {
  const folder = `${(request.OutputDataConfig?.S3OutputPath ?? "").replace(/\/+$/, "")}/${request.TrainingJobName}/output`;
  return request.OutputDataConfig?.CompressionType === "NONE" ? `${folder}/model/` : `${folder}/model.tar.gz`;
}
