/** One captured prediction in the shape of SageMaker's data capture. */
export interface CaptureRecord {
  readonly captureData: { readonly endpointInput: CapturedBody; readonly endpointOutput: CapturedBody };
  readonly eventMetadata: { readonly eventId: string; readonly inferenceTime: string };
  readonly eventVersion: "0";
}

/** One side of a captured prediction; `data` is a JSON document as text. */
export interface CapturedBody {
  readonly observedContentType: "application/json";
  readonly mode: "INPUT" | "OUTPUT";
  readonly data: string;
  readonly encoding: "JSON";
}

/** A true outcome in the shape that SageMaker's model-quality monitoring reads. */
export interface GroundTruthRecord {
  readonly groundTruthData: { readonly data: string; readonly encoding: "CSV" };
  readonly eventMetadata: { readonly eventId: string };
  readonly eventVersion: "0";
}

/** The record of one prediction: its canonical features, and what was answered. */
export function captureRecord(
  input: object,
  output: object,
  { eventId, at }: { readonly eventId: string; readonly at: Date },
): CaptureRecord {
  return {
    captureData: { endpointInput: body("INPUT", input), endpointOutput: body("OUTPUT", output) },
    eventMetadata: { eventId, inferenceTime: at.toISOString() },
    eventVersion: "0",
  };
}

/** The record of one true outcome. */
export function groundTruthRecord(eventId: string, outcome: boolean | number): GroundTruthRecord {
  const data = String(typeof outcome === "boolean" ? Number(outcome) : outcome);
  return { groundTruthData: { data, encoding: "CSV" }, eventMetadata: { eventId }, eventVersion: "0" };
}

function body(mode: CapturedBody["mode"], data: object): CapturedBody {
  return { observedContentType: "application/json", mode, data: JSON.stringify(data), encoding: "JSON" };
}
