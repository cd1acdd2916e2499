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

/** What came of a wish for training. */
export type TrainingStart =
  | { readonly decision: RetrainingDecision; readonly executionArn?: string }
  /** Nothing asked for one. */
  | { readonly ignored: string };

/** What is trained, and by which rules. */
export interface TrainingSettings {
  readonly model: string;
  readonly pipeline: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly rules: RetrainingRules;
  readonly now: Date;
}

/** Starts the pipeline where an observation asks for it and the rules let it. The same wish again starts the same run. */
export async function startTraining(
  sagemaker: Pick<SageMaker, "listPipelineExecutions" | "startPipelineExecution">,
  observation: Observation,
  { model, pipeline, parameters, rules, now }: TrainingSettings,
): Promise<TrainingStart> {
  const wish = retrainingWish(observation, model);
  if (wish === undefined) return { ignored: "it asks for no training" };
  const past = await pastTrainings(sagemaker, pipeline, now);
  const decision = decideRetraining(model, wish, { rules, past, now });
  if (!decision.start) return { decision };
  const { PipelineExecutionArn: executionArn = "" } = await sagemaker.startPipelineExecution({
    PipelineName: pipeline,
    ClientRequestToken: decision.token,
    PipelineExecutionDescription: retrainingDescription(model, decision.because),
    PipelineParameters: Object.entries(parameters).map(([Name, Value]) => ({ Name, Value })),
  });
  return { decision, executionArn };
}

/** As long as a cool-down can be. */
const REMEMBERED_MS = 366 * 86_400_000;

async function pastTrainings(
  sagemaker: Pick<SageMaker, "listPipelineExecutions">,
  pipeline: string,
  now: Date,
): Promise<PastTraining[]> {
  const past: PastTraining[] = [];
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
      const underWay = status === "Executing" || status === "Stopping";
      past.push({ startedAt: StartTime, underWay, ...(trigger === undefined ? {} : { trigger }) });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return past;
}
