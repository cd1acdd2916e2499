import type { ExecutionStatus } from "../../../executor/reducer/state";

/** A pipeline. Times in records are epoch milliseconds. */
export interface PipelineRecord {
  readonly name: string;
  readonly arn: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly roleArn: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly createdBy: string;
  readonly modifiedBy: string;
  readonly lastRunAt?: number;
  readonly maxParallelSteps?: number;
  readonly latestVersion: number;
  /** ClientRequestToken of the creation. */
  readonly token?: string;
}

/** A version of a pipeline's definition. */
export interface PipelineVersionRecord {
  readonly pipelineName: string;
  /** From 1. */
  readonly id: number;
  /** The definition's text, as it was given. */
  readonly definition: string;
  readonly createdAt: number;
  readonly displayName?: string;
  readonly description?: string;
  readonly lastExecutionArn?: string;
}

/** An execution, as far as lists show it. Its journal holds the rest. */
export interface ExecutionRecord {
  readonly id: string;
  readonly arn: string;
  readonly pipelineName: string;
  readonly pipelineArn: string;
  readonly version: number;
  readonly displayName: string;
  readonly description?: string;
  readonly status: ExecutionStatus;
  readonly failureReason?: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly createdBy: string;
  readonly modifiedBy: string;
  /** Parameters as the start gave them. */
  readonly parameters: readonly { readonly Name: string; readonly Value: string }[];
  readonly maxParallelSteps?: number;
  readonly selectedSteps?: readonly string[];
  readonly sourceExecutionArn?: string;
  /** Experiment and trial, resolved. Absent when the definition declines them. */
  readonly experiment?: { readonly ExperimentName?: string; readonly TrialName?: string };
  readonly mlflowExperimentName?: string;
  /** ClientRequestToken of the start. */
  readonly token?: string;
}

/** Key of a version. Pipeline names hold no dot. */
export const versionKey = (pipelineName: string, id: number): string => `${pipelineName}.${id}`;
