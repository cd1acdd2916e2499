import type { SageMaker } from "@aws-sdk/client-sagemaker";
import type { Observation } from "../findings/finding";
import {
  decideRetraining,
  type PastTraining,
  type RetrainingDecision,
  type RetrainingRules,
} from "../retraining/decide";
import { retrainingDescription, startedBy } from "../retraining/description";
import { retrainingWish } from "../retraining/wish";
import type { RememberedData } from "./merged-objects";
import { INPUT } from "./training-data";

/** What came of a wish for training. */
export type TrainingStart =
  | {
      readonly decision: RetrainingDecision;
      readonly executionArn?: string;
      /** What it reads, for people. @default the data of the parameters */
      readonly data?: string;
    }
  /** Nothing asked for one. */
  | { readonly ignored: string };

/** What is trained, and by which rules. */
export interface TrainingSettings {
  readonly model: string;
  readonly pipeline: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly rules: RetrainingRules;
  readonly now: Date;
  /** What a start is to read. @default the data of the parameters */
  data?(start: TrainingNeed): Promise<RememberedData>;
}

/** A start that needs data. */
export interface TrainingNeed {
  /** The same start has the same one. */
  readonly token: string;
  /** Data of the parameters. */
  readonly given: string;
  /** Newest execution that succeeded. @default none */
  readonly lastRun: string | undefined;
}

/** Starts the pipeline where an observation asks for it and the rules let it. The same wish again starts the same run. */
export async function startTraining(
  sagemaker: Pick<SageMaker, "listPipelineExecutions" | "startPipelineExecution">,
  observation: Observation,
  { model, pipeline, parameters, rules, now, data }: TrainingSettings,
): Promise<TrainingStart> {
  const wish = retrainingWish(observation, model);
  if (wish === undefined) return { ignored: "it asks for no training" };
  const { past, lastRun } = await pastTrainings(sagemaker, pipeline, now);
  const decision = decideRetraining(model, wish, { rules, past, now });
  if (!decision.start) return { decision };
  const { token } = decision;
  const given = parameters[INPUT];
  const read = given === undefined ? undefined : await data?.({ token, given, lastRun });
  const all = read?.uri === undefined ? parameters : { ...parameters, [INPUT]: read.uri };
  const { PipelineExecutionArn: executionArn = "" } = await sagemaker.startPipelineExecution({
    PipelineName: pipeline,
    ClientRequestToken: token,
    PipelineExecutionDescription: retrainingDescription(model, decision.because),
    PipelineParameters: Object.entries(all).map(([Name, Value]) => ({ Name, Value })),
  });
  return { decision, executionArn, ...(read === undefined ? {} : { data: read.sentence }) };
}

/** As long as a cool-down can be. */
const REMEMBERED_MS = 366 * 86_400_000;

async function pastTrainings(
  sagemaker: Pick<SageMaker, "listPipelineExecutions">,
  pipeline: string,
  now: Date,
): Promise<{ past: PastTraining[]; lastRun: string | undefined }> {
  const past: PastTraining[] = [];
  let newest: { arn: string; startedAt: Date } | undefined;
  let token: string | undefined;
  do {
    const page = await sagemaker.listPipelineExecutions({
      PipelineName: pipeline,
      CreatedAfter: new Date(now.getTime() - REMEMBERED_MS),
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    for (const run of page.PipelineExecutionSummaries ?? []) {
      const { StartTime, PipelineExecutionStatus: status = "", PipelineExecutionDescription: description } = run;
      const trigger = startedBy(description)?.trigger;
      if (StartTime === undefined) continue;
      if (
        status === "Succeeded" &&
        run.PipelineExecutionArn !== undefined &&
        !(newest && newest.startedAt >= StartTime)
      )
        newest = { arn: run.PipelineExecutionArn, startedAt: StartTime };
      const underWay = status === "Executing" || status === "Stopping";
      past.push({ startedAt: StartTime, underWay, ...(trigger === undefined ? {} : { trigger }) });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return { past, lastRun: newest?.arn };
}
