import type { PipelineExecutionSummary, SageMaker } from "@aws-sdk/client-sagemaker";
import {
  decideRetraining,
  type RetrainingDecision,
  type RetrainingRules,
  type RetrainingTrigger,
  retrainingCause,
  retrainingToken,
} from "../retraining/decide";
import { retrainingDescription, startedBy } from "../retraining/description";
import type { RememberedData } from "../retraining/merged-objects";
import { pastTrainings } from "../retraining/past-trainings";
import { INPUT } from "./training-data";

/** What came of a wish for training. */
export type TrainingStart =
  | {
      readonly decision: RetrainingDecision;
      readonly executionArn?: string;
      /** What it reads, for people. @default the data of the parameters */
      readonly data?: string;
    }
  /** The same wish started a run before. */
  | { readonly before: StartedRun }
  /** Nothing asked for one. */
  | { readonly ignored: string };

/** A run that a wish started. */
export interface StartedRun {
  readonly executionArn: string;
  readonly because: string;
}

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

/** What the pipeline's runs say about a wish. */
export interface Considered {
  readonly decision: RetrainingDecision;
  /** The run that the same wish started before. @default it started none */
  readonly before?: StartedRun;
  /** Newest execution that succeeded. @default none */
  readonly lastRun: string | undefined;
}

type Starts = Pick<SageMaker, "listPipelineExecutions" | "startPipelineExecution">;

/** Starts the pipeline where the rules let it. The same wish again starts nothing. */
export async function startTraining(
  sagemaker: Starts,
  trigger: RetrainingTrigger,
  settings: TrainingSettings,
): Promise<TrainingStart> {
  const { model, pipeline, parameters, data } = settings;
  const { before, decision, lastRun } = await consider(sagemaker, trigger, settings);
  if (before !== undefined) return { before };
  if (!decision.start) return { decision };
  const { token, because } = decision;
  const given = parameters[INPUT];
  const read = given === undefined ? undefined : await data?.({ token, given, lastRun });
  // Putting data together takes its time, in which another wish may have started a training.
  const still: Pick<Considered, "before" | "decision"> =
    read === undefined ? { decision } : await consider(sagemaker, trigger, settings);
  if (still.before !== undefined) return { before: still.before };
  if (!still.decision.start) return { decision: still.decision };
  const all = read?.uri === undefined ? parameters : { ...parameters, [INPUT]: read.uri };
  const { PipelineExecutionArn: executionArn = "" } = await sagemaker.startPipelineExecution({
    PipelineName: pipeline,
    ClientRequestToken: token,
    PipelineExecutionDisplayName: nameOf(token),
    PipelineExecutionDescription: retrainingDescription(model, because),
    PipelineParameters: Object.entries(all).map(([Name, Value]) => ({ Name, Value })),
  });
  return { decision, executionArn, ...(read === undefined ? {} : { data: read.sentence }) };
}

/** Whether a wish was followed before, and whether the rules let it be. */
export async function consider(
  sagemaker: Pick<SageMaker, "listPipelineExecutions">,
  trigger: RetrainingTrigger,
  { model, pipeline, rules, now }: Omit<TrainingSettings, "parameters" | "data">,
): Promise<Considered> {
  const runs = await recentRuns(sagemaker, pipeline, now);
  const name = nameOf(retrainingToken(model, trigger));
  const known = runs.find(({ PipelineExecutionDisplayName }) => PipelineExecutionDisplayName === name);
  const [last] = runs
    .filter(({ PipelineExecutionStatus }) => PipelineExecutionStatus === "Succeeded")
    .sort((a, b) => (b.StartTime?.getTime() ?? 0) - (a.StartTime?.getTime() ?? 0));
  return {
    decision: decideRetraining(model, trigger, { rules, past: pastTrainings(runs), now }),
    lastRun: last?.PipelineExecutionArn,
    ...(known?.PipelineExecutionArn === undefined
      ? {}
      : {
          before: {
            executionArn: known.PipelineExecutionArn,
            because: startedBy(known.PipelineExecutionDescription)?.because ?? retrainingCause(trigger),
          },
        }),
  };
}

/** What a run is called, so that its start is found again for longer than SageMaker remembers tokens. */
const nameOf = (token: string): string => `retraining-${token.slice(0, 40)}`;

/** As long as a cool-down can be. */
const REMEMBERED_MS = 366 * 86_400_000;

async function recentRuns(
  sagemaker: Pick<SageMaker, "listPipelineExecutions">,
  pipeline: string,
  now: Date,
): Promise<PipelineExecutionSummary[]> {
  const runs: PipelineExecutionSummary[] = [];
  let token: string | undefined;
  do {
    const page = await sagemaker.listPipelineExecutions({
      PipelineName: pipeline,
      CreatedAfter: new Date(now.getTime() - REMEMBERED_MS),
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    runs.push(...(page.PipelineExecutionSummaries ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return runs;
}
