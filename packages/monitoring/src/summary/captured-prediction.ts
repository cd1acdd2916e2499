import type { Contract } from "@sagewright/contract";
import type { CountedPrediction } from "./row-counter";

/** A captured prediction. */
export interface CapturedPrediction extends CountedPrediction {
  readonly eventId: string;
}

/** Why a line is no record; the names are stable and counted in summaries. */
export type RefusalReason =
  | "not_json"
  | "line_too_long"
  | "record_invalid"
  | "record_version"
  | "encoding_unknown"
  | "input_invalid"
  | "output_invalid";

/** Reads a line of a capture, in the shape of SageMaker's data capture, version 0. */
export type CaptureParser = (line: string) => CapturedPrediction | RefusalReason;

/**
 * Compiles the reading of captures: JSON objects, or lines of CSV in the contract's order as SageMaker's containers take
 * them; plain or in base64. Answers are objects (`churnProbability`, `value` or `score`), or one number.
 */
export function captureParser(contract: Contract): CaptureParser {
  const names = contract.columns.map(({ name }) => name);
  return (line) => {
    const record = json(line);
    if (record === undefined) return "not_json";
    if (!isRecord(record)) return "record_invalid";
    if ("eventVersion" in record && record.eventVersion !== "0") return "record_version";
    const { captureData, eventMetadata } = record;
    if (!isRecord(captureData) || !isRecord(eventMetadata)) return "record_invalid";
    const { eventId, inferenceTime } = eventMetadata;
    const moment = typeof inferenceTime === "string" ? Date.parse(inferenceTime) : Number.NaN;
    if (typeof eventId !== "string" || eventId === "" || Number.isNaN(moment)) return "record_invalid";
    const [sent, answered] = [body(captureData.endpointInput), body(captureData.endpointOutput)];
    if (typeof sent === "string") return sent;
    if (typeof answered === "string") return answered;
    const input = rowOf(sent, names);
    if (input === undefined) return "input_invalid";
    const answer = answerOf(answered);
    if (answer === undefined) return "output_invalid";
    return { eventId, at: new Date(moment).toISOString(), input, ...answer };
  };
}

interface Body {
  readonly text: string;
  readonly isCsv: boolean;
}

function body(value: unknown): Body | RefusalReason {
  if (!isRecord(value) || typeof value.data !== "string") return "record_invalid";
  const { data, encoding, observedContentType: type } = value;
  const isCsv = encoding === "CSV" || (typeof type === "string" && type.startsWith("text/csv"));
  if (encoding === "JSON" || encoding === "CSV") return { text: data, isCsv };
  if (encoding === "BASE64") return { text: Buffer.from(data, "base64").toString("utf8"), isCsv };
  return "encoding_unknown";
}

function rowOf({ text, isCsv }: Body, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (isCsv) {
    const fields = fieldsOf(text);
    if (fields === undefined || fields.length !== names.length) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, fields[index]]));
  }
  const value = json(text);
  const row = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isRecord(row) ? row : undefined;
}

/** The fields of one line; what is quoted over several lines is not a single row. */
function fieldsOf(text: string): string[] | undefined {
  const line = text.replace(/\r?\n$/, "");
  if (line.includes("\n")) return undefined;
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(fields, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

type Answer = Pick<CapturedPrediction, "score" | "positive" | "modelVersion" | "latencyMs">;

function answerOf({ text, isCsv }: Body): Answer | undefined {
  const value = isCsv ? Number.parseFloat(text) : json(text);
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof one === "number" && Number.isFinite(one))
    return { score: one, positive: null, modelVersion: UNKNOWN_MODEL, latencyMs: null };
  if (!isRecord(one)) return undefined;
  const score = one.churnProbability ?? one.value ?? one.score;
  if (typeof score !== "number" || !Number.isFinite(score)) return undefined;
  const { churn, modelVersion, latencyMs } = one;
  return {
    score,
    positive: typeof churn === "boolean" ? churn : null,
    modelVersion: typeof modelVersion === "string" ? modelVersion : UNKNOWN_MODEL,
    latencyMs: typeof latencyMs === "number" && Number.isFinite(latencyMs) ? latencyMs : null,
  };
}

/** The version of answers that name none. */
const UNKNOWN_MODEL = "unknown";

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
