import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../clients";
import { deployEmbedded } from "../deployment/embedded";
import { type PointedVersion, pointerUri, readPointer } from "../deployment/predictor-pointer";
import { OperationError } from "../errors";
import { parseS3Uri } from "../s3-uri";
import type { Surroundings } from "../surroundings";
import { type ApprovalOutcome, type ApprovedVersion, ignored } from "./approved-version";

/** Within this time a pointer that was written says when its version was published. */
const WRITING_MS = 5_000;

/**
 * Points functions that score themselves at an approved version. One approval acts once: where another version was published since,
 * or somebody has returned to a former one, that stays.
 *
 * @throws OperationError as `deployEmbedded` does, except for a change by somebody else at the same time: that is an outcome
 */
export async function publishApproved(
  clients: Pick<Clients, "sagemaker" | "s3">,
  { arn, version, approvedBy, approvedAt }: ApprovedVersion,
  { endpoint, bucket }: { readonly endpoint: string; readonly bucket: string },
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const known = { version, endpoint, approvedBy, approvedAt };
  if (await publishedSince(clients, { arn, approvedAt, endpoint, bucket }))
    return ignored(endpoint, "it has served since, and was replaced", known);
  try {
    const { change } = await deployEmbedded(clients, { endpoint, bucket, modelPackageArn: arn }, surroundings);
    return { outcome: "deployed", change, ...known };
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "endpoint_busy") throw error;
    return { outcome: "postponed", because: error.message, ...known };
  }
}

/** Whether this approval was acted on before, and another version, or a rollback, came after. */
async function publishedSince(
  { s3 }: Pick<Clients, "s3">,
  { arn, approvedAt, endpoint, bucket }: { arn: string; approvedAt: string; endpoint: string; bucket: string },
): Promise<boolean> {
  const { pointer } = await readPointer({ s3 }, bucket, endpoint);
  if (pointer === undefined || pointer.current.modelPackageArn === arn) return false;
  const acted = ({ modelPackageArn, deployedAt }: PointedVersion) =>
    modelPackageArn === arn && deployedAt >= approvedAt;
  if (pointer.before.some(acted)) return true;
  const { bucket: Bucket, key: Key } = parseS3Uri(pointerUri(bucket, endpoint));
  const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  const written = LastModified?.getTime() ?? 0;
  // A rollback writes the pointer anew, with the time at which the former version was published.
  const returned = written - Date.parse(pointer.current.deployedAt) > WRITING_MS;
  return returned && written >= Date.parse(approvedAt);
}
