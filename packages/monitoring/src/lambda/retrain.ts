import { EventBridge } from "@aws-sdk/client-eventbridge";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { z } from "zod";
import { observationSchema } from "../findings/finding";
import { OBSERVATION_EVENT } from "../findings/finding-event";
import type { RetrainingTrigger } from "../retraining/decide";
import { type RetrainingOutcome, retrainingObservation } from "../retraining/outcome";
import { askedDetail, dueDetail, RETRAINING_EVENT } from "../retraining/retraining-event";
import { retrainingWish } from "../retraining/wish";
import { type AskedAnswer, askedTraining, requestTrigger } from "./asked-training";
import { json, required, type Variables } from "./environment";
import { publish } from "./events";
import { log } from "./moment";
import { openS3 } from "./objects";
import { startTraining, type TrainingStart } from "./start-training";
import { freshPlacesSchema, trainingData } from "./training-data";
import { type DecidedPackage, decisionOutcome, runOutcome } from "./training-outcome";

/** An event of the bus, of the scheduler, or of somebody who asks. */
export interface RetrainEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * What became of an event: a training, or none and why; an answer to who asked; an outcome that was told; nothing, where it is of no
 * interest.
 */
export type RetrainAnswer =
  | TrainingStart
  | AskedAnswer
  | { readonly told: RetrainingOutcome }
  | { readonly ignored: string };

const RUN_CHANGE = "SageMaker Model Building Pipeline Execution Status Change";
const PACKAGE_CHANGE = "SageMaker Model Package State Change";

/**
 * Closes the loop: an observation that asks for a training, the calendar and whoever may ask start one, if the rules let it; a
 * training's end, and what somebody decided about the version it made, are told to those who know of the trouble. The same event
 * again does nothing twice.
 *
 * @throws MonitoringError `environment_incomplete`, `environment_invalid`, `event_refused`
 */
export async function handler(event: RetrainEvent, context: Context = {}): Promise<RetrainAnswer> {
  const settings = settingsOf(process.env);
  const answer = await answerTo(event, settings, { sagemaker: new SageMaker({}), context });
  log({ retrain: 1, model: settings.model, ...answer });
  return answer;
}

/** The part of Lambda's context that is used. */
interface Context {
  getRemainingTimeInMillis?(): number;
}

/** Kept for storing what was merged, and for the start. */
const MARGIN_MS = 120_000;

async function answerTo(
  event: RetrainEvent,
  settings: Settings,
  { sagemaker, context }: { readonly sagemaker: SageMaker; readonly context: Context },
): Promise<RetrainAnswer> {
  const { source, "detail-type": type, detail } = event;
  const { model, pipeline, bus } = settings;
  const tell = async (outcome: RetrainingOutcome | undefined, otherwise: string): Promise<RetrainAnswer> => {
    if (outcome === undefined) return { ignored: otherwise };
    const observation = retrainingObservation(outcome, new Date(event.time).toISOString());
    await publish(new EventBridge({}), { bus, observation });
    return { told: outcome };
  };
  const now = new Date();
  const start = (trigger: RetrainingTrigger) => started(trigger, { settings, sagemaker, context, now });
  if (source === OBSERVATION_EVENT.source && type === OBSERVATION_EVENT.detailType) {
    const wish = retrainingWish(observationSchema.parse(detail), model);
    return wish === undefined ? { ignored: "it asks for no training" } : start(wish);
  }
  if (source === RETRAINING_EVENT.source && type === RETRAINING_EVENT.asked) {
    const { fresh } = settings;
    const place = fresh === undefined ? undefined : { bucket: fresh.bucket, prefix: fresh.merged, model };
    const clients = { sagemaker, s3: openS3(), events: new EventBridge({}) };
    return askedTraining(clients, { ...settings, asked: askedDetail.parse(detail), place, now });
  }
  if (source === RETRAINING_EVENT.source && type === RETRAINING_EVENT.due) {
    const due = dueDetail.parse(detail);
    const at = new Date(event.time);
    if (due.by === "schedule") return start({ kind: "schedule", at });
    return due.model === model ? start(requestTrigger(due, at)) : { ignored: "it is for another model" };
  }
  if (source === "aws.sagemaker" && type === RUN_CHANGE) {
    const { pipelineArn, pipelineExecutionArn, currentPipelineExecutionStatus: status } = runDetail.parse(detail);
    if (!pipelineArn.endsWith(`/${pipeline.toLowerCase()}`) && !pipelineArn.endsWith(`/${pipeline}`))
      return { ignored: `it is a run of ${pipelineArn}` };
    return tell(
      await runOutcome(sagemaker, { model, run: pipelineExecutionArn, status }),
      "somebody's own run, or not over",
    );
  }
  if (source === "aws.sagemaker" && type === PACKAGE_CHANGE) {
    const decided: DecidedPackage = packageDetail.parse(detail);
    if (decided.ModelPackageGroupName !== model) return { ignored: "it is a version of another model" };
    return tell(
      await decisionOutcome(sagemaker, decided),
      "nothing was decided about a version that was trained by itself",
    );
  }
  return { ignored: `an event '${type}' of ${source}` };
}

async function started(
  trigger: RetrainingTrigger,
  { settings, sagemaker, context, now }: { settings: Settings; sagemaker: SageMaker; context: Context; now: Date },
): Promise<TrainingStart> {
  const { fresh, model } = settings;
  if (fresh === undefined) return startTraining(sagemaker, trigger, { ...settings, now });
  const clients = { s3: openS3(), sagemaker };
  const hasTime = () => (context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) > MARGIN_MS;
  return startTraining(sagemaker, trigger, {
    ...{ ...settings, now },
    data: (need) => trainingData(clients, { ...need, model, places: fresh, now, hasTime }),
  });
}

const runDetail = z.object({
  pipelineArn: z.string(),
  pipelineExecutionArn: z.string(),
  currentPipelineExecutionStatus: z.string(),
});

const packageDetail = z.object({
  ModelPackageGroupName: z.string().optional(),
  ModelPackageArn: z.string(),
  ModelPackageVersion: z.number().optional(),
  ModelApprovalStatus: z.string().optional(),
  ApprovalDescription: z.string().optional(),
});

/** The parts of an environment's `retraining` section that are used here. */
const rulesSchema = z.object({
  onDrift: z.boolean().default(true),
  onPerformance: z.boolean().default(true),
  coolDownDays: z.number().min(0).default(7),
  maximumPerMonth: z.number().int().min(1).default(4),
  budget: z.object({ usdPerMonth: z.number().min(0), usdPerRun: z.number().min(0) }).optional(),
});

interface Settings extends ReturnType<typeof settingsOf> {}

function settingsOf(variables: Variables) {
  const { budget, ...rules } = json(variables, "RULES", rulesSchema);
  return {
    model: required(variables, "MODEL"),
    pipeline: required(variables, "PIPELINE"),
    parameters: json(variables, "PARAMETERS", z.record(z.string(), z.string()), {}),
    rules: { ...rules, ...(budget === undefined ? {} : { budget }) },
    bus: required(variables, "EVENT_BUS"),
    fresh: (variables.FRESH ?? "") === "" ? undefined : json(variables, "FRESH", freshPlacesSchema),
  };
}
