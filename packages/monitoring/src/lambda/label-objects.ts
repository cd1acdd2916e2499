import type { S3 } from "@aws-sdk/client-s3";
import { type FoundLabels, readLabels } from "../performance/ground-truth";
import { recordObjects } from "./record-objects";

/** Reads the true outcomes of a span, in SageMaker's ground truth, version 0; a later one of an id comes later. */
export async function labelsOf(
  s3: Pick<S3, "listObjectsV2" | "getObject">,
  { task, from, ...place }: { bucket: string; prefix: string; from: Date; to: Date; task: "binary" | "regression" },
): Promise<FoundLabels> {
  return readLabels(recordObjects(s3, place), { since: from.toISOString(), task });
}
