import {
  DescribeTrainingJobCommand,
  type DescribeTrainingJobResponse,
  ListPipelineParametersForExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import { listTrials } from "../catalogue";
import type { Clients } from "../clients";
import type { ExecutionStatus, StepView } from "../execution-events";
import { executionReport } from "../execution-report";
import { describeModel, type ModelDetails } from "../registry";
import { readStepOutput } from "../step-output";

/** One training job of a run. */
export interface TrialRecord {
  readonly job: string;
  readonly status: string;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A file that a run wrote and that a person may want to read elsewhere. */
export interface RunFile {
  /** `evaluation.json`, `model-card.html`, ... */
  readonly name: string;
  readonly step: string;
  readonly content: Uint8Array;
}

/** An execution with everything that a tracking server elsewhere wants to know of it. */
export interface RunRecord {
  readonly executionArn: string;
  readonly pipeline: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly reason?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Training jobs of the run's Training and Tuning steps, oldest first. */
  readonly trials: readonly TrialRecord[];
  readonly files: readonly RunFile[];
  /** The version it registered. @default absent when it registered none, or the version is gone */
  readonly model?: ModelDetails;
}

/** What Processing steps write for people, by output. */
const wanted: readonly (readonly [output: string, file: string])[] = [
  ["report", "evaluation.json"],
  ["report", "prepare.json"],
  ["baseline", "baseline.json"],
  ["card", "model-card.md"],
  ["card", "model-card.html"],
];

/** Collects everything about an execution, running or ended. */
export async function runRecord(clients: Pick<Clients, "sagemaker" | "s3">, executionArn: string): Promise<RunRecord> {
  const report = await executionReport(clients, executionArn);
  const { PipelineParameters = [] } = await clients.sagemaker.send(
    new ListPipelineParametersForExecutionCommand({ PipelineExecutionArn: executionArn }),
  );
  const model = report.modelPackageArn === undefined ? undefined : await modelOf(clients, report.modelPackageArn);
  const { startedAt, changedAt, reason } = report;
  return {
    executionArn,
    pipeline: report.pipelineArn.split("/").at(-1) ?? "",
    name: executionArn.split("/").at(-1) ?? executionArn,
    status: report.status,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(changedAt === undefined ? {} : { endedAt: changedAt }),
    ...(reason === undefined ? {} : { reason }),
    parameters: Object.fromEntries(PipelineParameters.map(({ Name = "", Value = "" }) => [Name, Value])),
    metrics: report.metrics,
    trials: await trialsOf(clients, report.steps),
    files: await filesOf(clients, report.steps),
    ...(model === undefined ? {} : { model }),
  };
}

async function modelOf(clients: Pick<Clients, "sagemaker">, arn: string): Promise<ModelDetails | undefined> {
  try {
    return await describeModel(clients, arn);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function trialsOf(clients: Pick<Clients, "sagemaker">, steps: readonly StepView[]): Promise<TrialRecord[]> {
  const names: string[] = [];
  for (const { job } of steps) {
    if (job?.kind === "TuningJob") names.push(...(await listTrials(clients, job.name)).map(({ name }) => name));
    if (job?.kind === "TrainingJob") names.push(job.name);
  }
  const trials: TrialRecord[] = [];
  for (const TrainingJobName of names)
    trials.push(
      trial(TrainingJobName, await clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }))),
    );
  return trials;
}

function trial(job: string, found: DescribeTrainingJobResponse): TrialRecord {
  const { TrainingStartTime: startedAt = found.CreationTime, TrainingEndTime: endedAt } = found;
  const own = Object.entries(found.HyperParameters ?? {}).filter(([name]) => !/^_|^sagemaker_/.test(name));
  const metrics = (found.FinalMetricDataList ?? []).flatMap(({ MetricName, Value }) =>
    MetricName === undefined || Value === undefined ? [] : [[MetricName, Value] as const],
  );
  return {
    job,
    status: found.TrainingJobStatus ?? "",
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    parameters: Object.fromEntries(own),
    metrics: Object.fromEntries(metrics),
  };
}

async function filesOf(clients: Pick<Clients, "sagemaker" | "s3">, steps: readonly StepView[]): Promise<RunFile[]> {
  const files: RunFile[] = [];
  for (const step of steps.filter(
    ({ job, state }) => job?.kind === "ProcessingJob" && /succeeded|cached/.test(state),
  )) {
    for (const [output, file] of wanted) {
      const content = await readStepOutput(clients, step, { output, file });
      if (content !== undefined) files.push({ name: file, step: step.name, content });
    }
  }
  return files;
}
