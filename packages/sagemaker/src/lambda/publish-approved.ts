import type { Clients } from "../clients";
import { deployEmbedded } from "../deployment/embedded";
import { readPointer } from "../deployment/predictor-pointer";
import type { Surroundings } from "../surroundings";
import type { ApprovalPlace } from "./approval-memory";
import { type ApprovalOutcome, type ApprovedVersion, ignored, REPLACED } from "./approved-version";

/**
 * Points functions that score themselves at an approved version. One approval acts once: where another version was published since,
 * or somebody has returned to a former one, that stays.
 *
 * @throws OperationError as `deployEmbedded` does
 */
export async function publishApproved(
  clients: Pick<Clients, "sagemaker" | "s3">,
  { arn, version, approvedBy, approvedAt, acted }: ApprovedVersion,
  { endpoint, bucket }: ApprovalPlace,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const known = { version, endpoint, approvedBy, approvedAt };
  const { pointer } = await readPointer(clients, bucket, endpoint);
  if (acted && pointer?.current.modelPackageArn !== arn) return ignored(endpoint, REPLACED, known);
  const { change } = await deployEmbedded(clients, { endpoint, bucket, modelPackageArn: arn }, surroundings);
  return { outcome: "deployed", change, ...known };
}
