import type { S3 } from "@aws-sdk/client-s3";
import type { Label } from "../performance/measure";
import { captureLines } from "../summary/capture-lines";
import { captureObjects } from "./capture-objects";
import { openObject } from "./objects";

/** What really happened, as far as it is on record. */
export interface FoundLabels {
  readonly labels: readonly Label[];
  /** Records whose outcome is not one of this kind of model, or that are no records. */
  readonly refused: number;
}

/** Reads the true outcomes of a span, in SageMaker's ground truth, version 0; a later one of an id comes later. */
export async function labelsOf(
  s3: Pick<S3, "listObjectsV2" | "getObject">,
  { task, ...place }: { bucket: string; prefix: string; from: Date; to: Date; task: "binary" | "regression" },
): Promise<FoundLabels> {
  const labels: Label[] = [];
  let refused = 0;
  for (const { key } of await captureObjects(s3, place)) {
    const body = await openObject(s3, { bucket: place.bucket, key });
    if (body === undefined) continue;
    for await (const { text, whole } of captureLines(body as unknown as AsyncIterable<Uint8Array>)) {
      if (text.trim() === "") continue;
      const label = whole ? labelOf(text, task) : undefined;
      if (label === undefined) refused += 1;
      else labels.push(label);
    }
  }
  return { labels, refused };
}

interface GroundTruth {
  readonly groundTruthData?: { readonly data?: unknown };
  readonly eventMetadata?: { readonly eventId?: unknown };
}

function labelOf(line: string, task: "binary" | "regression"): Label | undefined {
  let record: GroundTruth | null;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  const [eventId, data] = [record?.eventMetadata?.eventId, record?.groundTruthData?.data];
  if (typeof eventId !== "string" || typeof data !== "string" || data.trim() === "") return undefined;
  const outcome = Number(data);
  const fits = task === "binary" ? outcome === 0 || outcome === 1 : Number.isFinite(outcome);
  return fits ? { eventId, outcome } : undefined;
}
