import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../clients";
import { deployEmbedded } from "../deployment/embedded";
import { pointerUri, readPointer } from "../deployment/predictor-pointer";
import { OperationError } from "../errors";
import { objectSize } from "../objects";
import { parseS3Uri } from "../s3-uri";
import type { Surroundings } from "../surroundings";
import { type ApprovalOutcome, type ApprovedVersion, ignored } from "./approved-version";

/**
 * Points functions that score themselves at an approved version, and writes beside the pointer who approved it. One approval acts
 * once: where another version was published since, or somebody has returned to a former one, that stays.
 *
 * @throws OperationError as `deployEmbedded` does, except for a change by somebody else at the same time: that is an outcome
 */
export async function publishApproved(
  clients: Pick<Clients, "sagemaker" | "s3">,
  { arn, version, approvedBy, approvedAt, approval }: ApprovedVersion,
  { endpoint, bucket }: { readonly endpoint: string; readonly bucket: string },
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const known = { version, endpoint, approvedBy, approvedAt };
  const pointerKey = parseS3Uri(pointerUri(bucket, endpoint)).key;
  const key = pointerKey.replace(/[^/]+$/, `approvals/${approval}.json`);
  const { pointer } = await readPointer(clients, bucket, endpoint);
  const serves = pointer?.current.modelPackageArn === arn;
  if (!serves && (await objectSize(clients, { bucket, key })) !== undefined)
    return ignored(endpoint, "it has served since, and was replaced", known);
  try {
    const { change } = await deployEmbedded(clients, { endpoint, bucket, modelPackageArn: arn }, surroundings);
    const publishedAt = new Date(surroundings.now()).toISOString();
    const Body = `${JSON.stringify({ format: 1, ...known, modelPackageArn: arn, publishedAt })}\n`;
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: "application/json" }));
    return { outcome: "deployed", change, ...known };
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "endpoint_busy") throw error;
    return { outcome: "postponed", because: error.message, ...known };
  }
}
