import { z } from "zod";

/** A captured prediction as the export reads it. */
export interface CapturedEvent {
  readonly eventId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

const bodySchema = z.object({ data: z.string(), encoding: z.string() });

const captureSchema = z.object({
  captureData: z.object({ endpointInput: bodySchema, endpointOutput: bodySchema }),
  eventMetadata: z.object({ eventId: z.string().min(1), inferenceTime: z.iso.datetime() }),
});

const groundTruthSchema = z.object({
  groundTruthData: z.object({ data: z.string() }),
  eventMetadata: z.object({ eventId: z.string().min(1) }),
});

/** A line as a captured prediction, or the reason why it is none. */
export function eventOf(line: string): CapturedEvent | string {
  const parsed = captureSchema.safeParse(json(line));
  if (!parsed.success) return reasonOf(line, parsed.error);
  const { captureData, eventMetadata } = parsed.data;
  const input = objectOf(captureData.endpointInput, "endpointInput");
  if (typeof input === "string") return input;
  const output = objectOf(captureData.endpointOutput, "endpointOutput");
  if (typeof output === "string") return output;
  return { eventId: eventMetadata.eventId, at: eventMetadata.inferenceTime, input, output };
}

/** A line as a true outcome, or the reason why it is none. */
export function outcomeOf(line: string): { readonly eventId: string; readonly outcome: number } | string {
  const parsed = groundTruthSchema.safeParse(json(line));
  if (!parsed.success) return reasonOf(line, parsed.error);
  const { data } = parsed.data.groundTruthData;
  const outcome = data.trim() === "" ? Number.NaN : Number(data);
  if (!Number.isFinite(outcome)) return "groundTruthData.data is not a number";
  return { eventId: parsed.data.eventMetadata.eventId, outcome };
}

function objectOf(
  { data, encoding }: z.infer<typeof bodySchema>,
  name: string,
): Readonly<Record<string, unknown>> | string {
  if (encoding !== "JSON" && encoding !== "BASE64")
    return `${name} has the encoding ${encoding.slice(0, 20)}, not JSON`;
  const value = json(encoding === "JSON" ? data : Buffer.from(data, "base64").toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `${name} does not hold a JSON object`;
}

function reasonOf(line: string, error: z.ZodError): string {
  if (json(line) === undefined) return "the line is not JSON";
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "the record"}: ${issue?.message ?? "not valid"}`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
