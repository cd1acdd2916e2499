import { EventBridge } from "@aws-sdk/client-eventbridge";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { z } from "zod";
import { type Observation, observationSchema } from "../findings/finding";
import { OBSERVATION_EVENT } from "../findings/finding-event";
import { type RetrainingOutcome, retrainingObservation } from "../retraining/outcome";
import { json, required, type Variables } from "./environment";
import { publish } from "./events";
import { log } from "./moment";
import { openS3 } from "./objects";
import { startTraining, type TrainingStart } from "./start-training";
import { freshPlacesSchema, trainingData } from "./training-data";
import { type DecidedPackage, decisionOutcome, runOutcome } from "./training-outcome";

/** An event of the bus. */
export interface RetrainEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What became of an event: a training, or none and why; an outcome that was told; nothing, where it is of no interest. */
export type RetrainAnswer = TrainingStart | { readonly told: RetrainingOutcome } | { readonly ignored: string };

const RUN_CHANGE = "SageMaker Model Building Pipeline Execution Status Change";
const PACKAGE_CHANGE = "SageMaker Model Package State Change";

/**
 * Closes the loop: an observation that asks for a training starts one, if the rules let it; a training's end, and what somebody
 * decided about the version it made, are told to those who know of the trouble. The same event again does nothing twice.
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
  if (source === OBSERVATION_EVENT.source && type === OBSERVATION_EVENT.detailType) {
    const observation: Observation = observationSchema.parse(detail);
    const now = new Date();
    const { fresh } = settings;
    if (fresh === undefined) return startTraining(sagemaker, observation, { ...settings, now });
    const clients = { s3: openS3(), sagemaker };
    const hasTime = () => (context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) > MARGIN_MS;
    return startTraining(sagemaker, observation, {
      ...{ ...settings, now },
      data: (need) => trainingData(clients, { ...need, model, places: fresh, now, hasTime }),
    });
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
