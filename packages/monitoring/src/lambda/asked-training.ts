import type { EventBridge } from "@aws-sdk/client-eventbridge";
import type { S3 } from "@aws-sdk/client-s3";
import type { SageMaker } from "@aws-sdk/client-sagemaker";
import { type RetrainingTrigger, retrainingCause, retrainingToken } from "../retraining/decide";
import type { MergedPlace } from "../retraining/merged-objects";
import { type AskedDetail, type DueDetail, RETRAINING_EVENT } from "../retraining/retraining-event";
import { put } from "./events";
import { readObject } from "./objects";
import { consider, startTraining, type TrainingSettings } from "./start-training";

/** What somebody who asks for a training is told. */
export type AskedAnswer =
  /** The run that the request stands for; `started`: by this very question. */
  | { readonly run: { readonly executionArn: string; readonly started: boolean } }
  /** It was accepted, and starts when its data is together; asking again tells the run. */
  | { readonly accepted: { readonly started: boolean } }
  /** Why none starts. */
  | { readonly refused: string }
  /** The key stands for another reason. */
  | { readonly conflict: true };

/** What is asked, and where. */
export interface AskedClients {
  readonly sagemaker: Pick<SageMaker, "listPipelineExecutions" | "startPipelineExecution">;
  readonly s3: Pick<S3, "getObject" | "putObject">;
  readonly events: Pick<EventBridge, "putEvents">;
}

/** A question, and what it is answered by. */
export interface AskedTraining extends Omit<TrainingSettings, "data"> {
  readonly asked: AskedDetail;
  /** Where the accepted start goes. */
  readonly bus: string;
  /** Where questions are remembered. @default no data is put together, and an accepted start is made at once */
  readonly place?: MergedPlace | undefined;
}

/** A start that is not there after so long was lost, and is asked for once more: the function's longest run and more. */
const LOST_MS = 20 * 60_000;

/**
 * Answers somebody who asks for a training, within seconds: data is put together later, by the event that an accepted question
 * becomes. The same key means the same run, however often it is asked.
 */
export async function askedTraining(clients: AskedClients, request: AskedTraining): Promise<AskedAnswer> {
  const { asked, model, place, now } = request;
  const trigger = requestTrigger(asked, now);
  const because = retrainingCause(trigger);
  const { before, decision } = await consider(clients.sagemaker, trigger, request);
  if (before !== undefined) {
    if (before.because !== because) return { conflict: true };
    return { run: { executionArn: before.executionArn, started: false } };
  }
  const token = retrainingToken(model, trigger);
  const first = place === undefined ? undefined : await question(clients.s3, place, token);
  if (first !== undefined && first.reason !== asked.reason) return { conflict: true };
  if (!decision.start) return { refused: decision.because };
  if (place === undefined) {
    const start = await startTraining(clients.sagemaker, trigger, request);
    if ("executionArn" in start) return { run: { executionArn: start.executionArn ?? "", started: true } };
    if ("before" in start) return { run: { executionArn: start.before.executionArn, started: false } };
    return { refused: "decision" in start && !start.decision.start ? start.decision.because : "nothing was started" };
  }
  const waiting = first !== undefined && now.getTime() - Date.parse(first.at) < LOST_MS;
  if (!waiting) {
    await accept(clients.events, request);
    // After the event: of what is remembered the event is sure to be on its way.
    const Body = JSON.stringify({ format: 1, reason: asked.reason, at: now.toISOString() });
    await clients.s3.putObject({ Bucket: place.bucket, Key: keyOf(place, token), Body });
  }
  return { accepted: { started: first === undefined } };
}

/** What a request is to the rules. */
export function requestTrigger({ key, reason }: AskedDetail, at: Date): RetrainingTrigger {
  return { kind: "request", at, finding: reason, key };
}

async function accept(events: AskedClients["events"], { asked, bus, model, now }: AskedTraining): Promise<void> {
  const detail: DueDetail = { by: "request", model, ...asked };
  const { source: Source, due: DetailType } = RETRAINING_EVENT;
  await put(events, bus, [{ EventBusName: bus, Time: now, Source, DetailType, Detail: JSON.stringify(detail) }]);
}

async function question(
  s3: Pick<S3, "getObject">,
  place: MergedPlace,
  token: string,
): Promise<{ reason: string; at: string } | undefined> {
  const bytes = await readObject(s3, { bucket: place.bucket, key: keyOf(place, token) });
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8"));
}

const keyOf = ({ prefix, model }: MergedPlace, token: string): string =>
  `${prefix}/starts/${model}-${token}-asked.json`;
