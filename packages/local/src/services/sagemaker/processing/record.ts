import type { DescribeProcessingJobResponse, ProcessingJobSummary } from "@aws-sdk/client-sagemaker";
import type { CloudEvent } from "../../../event-bus";
import { tagObject, withEpochTimes } from "../training/describe";
import { maxRuntimeSeconds } from "./container";
import type { ProcessingRequest } from "./request";

/** What the state folder keeps of a processing job. Times are epoch milliseconds. */
export interface ProcessingRecord {
  name: string;
  arn: string;
  request: ProcessingRequest;
  status: "InProgress" | "Completed" | "Failed" | "Stopping" | "Stopped";
  creationTime: number;
  lastModifiedTime: number;
  startTime?: number;
  endTime?: number;
  /** First kilobyte of /opt/ml/output/message. */
  exitMessage?: string;
  failureReason?: string;
  logStream: string;
  tags: { Key: string; Value: string }[];
}

/** How a processing job ends. */
export interface ProcessingEnding {
  status: "Completed" | "Failed" | "Stopped";
  exitMessage?: string;
  failureReason?: string;
}

/** Ends a job. */
export function endProcessing(record: ProcessingRecord, ending: ProcessingEnding, now: number): ProcessingRecord {
  return {
    ...record,
    status: ending.status,
    lastModifiedTime: now,
    endTime: now,
    ...(ending.exitMessage ? { exitMessage: ending.exitMessage } : {}),
    ...(ending.failureReason ? { failureReason: ending.failureReason.slice(0, 1024) } : {}),
  };
}

/** The answer of DescribeProcessingJob. */
export function describeProcessingJob(record: ProcessingRecord): DescribeProcessingJobResponse {
  const { request } = record;
  return {
    ...(request.ProcessingInputs ? { ProcessingInputs: request.ProcessingInputs } : {}),
    ...(request.ProcessingOutputConfig ? { ProcessingOutputConfig: request.ProcessingOutputConfig } : {}),
    ProcessingJobName: record.name,
    ProcessingResources: request.ProcessingResources,
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds(request) },
    AppSpecification: request.AppSpecification,
    ...(request.Environment ? { Environment: request.Environment } : {}),
    ...(request.NetworkConfig ? { NetworkConfig: request.NetworkConfig } : {}),
    RoleArn: request.RoleArn,
    ...(request.ExperimentConfig ? { ExperimentConfig: request.ExperimentConfig } : {}),
    ProcessingJobArn: record.arn,
    ProcessingJobStatus: record.status,
    ...(record.exitMessage ? { ExitMessage: record.exitMessage } : {}),
    ...(record.failureReason ? { FailureReason: record.failureReason } : {}),
    ...(record.endTime === undefined ? {} : { ProcessingEndTime: new Date(record.endTime) }),
    ...(record.startTime === undefined ? {} : { ProcessingStartTime: new Date(record.startTime) }),
    LastModifiedTime: new Date(record.lastModifiedTime),
    CreationTime: new Date(record.creationTime),
  };
}

/** An entry of ListProcessingJobs. */
export function summarizeProcessingJob(record: ProcessingRecord): ProcessingJobSummary {
  return {
    ProcessingJobName: record.name,
    ProcessingJobArn: record.arn,
    CreationTime: new Date(record.creationTime),
    ...(record.endTime === undefined ? {} : { ProcessingEndTime: new Date(record.endTime) }),
    LastModifiedTime: new Date(record.lastModifiedTime),
    ProcessingJobStatus: record.status,
    ...(record.failureReason ? { FailureReason: record.failureReason } : {}),
    ...(record.exitMessage ? { ExitMessage: record.exitMessage } : {}),
  };
}

/** What EventBridge says about a job. */
export function processingEvent(record: ProcessingRecord): CloudEvent {
  return {
    source: "aws.sagemaker",
    detailType: "SageMaker Processing Job State Change",
    time: new Date(record.lastModifiedTime),
    resources: [record.arn],
    detail: {
      ...(withEpochTimes(describeProcessingJob(record)) as Record<string, unknown>),
      Tags: tagObject(record.tags),
    },
  };
}
