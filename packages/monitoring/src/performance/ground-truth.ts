import { captureLines } from "../summary/capture-lines";
import type { RecordFiles } from "../summary/record-files";
import type { Label } from "./measure";

/** A label, and whose it is where that was told. */
export interface KnownLabel extends Label {
  /** Digest of the customer's id. */
  readonly customer?: string;
}

/** What really happened, as far as it is on record. */
export interface FoundLabels {
  readonly labels: readonly KnownLabel[];
  /** Records whose outcome is not one of this kind of model, or that are no records. */
  readonly refused: number;
}

/** Reads the true outcomes that came since a moment, in SageMaker's ground truth, version 0; none comes before its prediction. */
export async function readLabels(
  source: RecordFiles,
  { since, task }: { readonly since: string; readonly task: "binary" | "regression" },
): Promise<FoundLabels> {
  const labels: KnownLabel[] = [];
  let refused = 0;
  for (const file of await source(since)) {
    for await (const { text, whole } of captureLines(await file.read())) {
      if (text.trim() === "") continue;
      const label = whole ? labelOf(text, task) : undefined;
      if (label === undefined) refused += 1;
      else labels.push(label);
    }
  }
  return { labels, refused };
}

/** A line of SageMaker's ground truth, version 0. */
interface GroundTruth {
  readonly groundTruthData?: { readonly data?: unknown };
  readonly eventMetadata?: { readonly eventId?: unknown; readonly customer?: unknown };
}

function labelOf(line: string, task: "binary" | "regression"): KnownLabel | undefined {
  const record = parsed(line);
  const [eventId, data] = [record?.eventMetadata?.eventId, record?.groundTruthData?.data];
  if (typeof eventId !== "string" || typeof data !== "string" || data.trim() === "") return undefined;
  const outcome = Number(data);
  const fits = task === "binary" ? outcome === 0 || outcome === 1 : Number.isFinite(outcome);
  const customer = record?.eventMetadata?.customer;
  return fits ? { eventId, outcome, ...(typeof customer === "string" ? { customer } : {}) } : undefined;
}

function parsed(line: string): GroundTruth | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
