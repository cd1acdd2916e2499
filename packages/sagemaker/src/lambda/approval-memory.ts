import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../clients";
import { pointerUri } from "../deployment/predictor-pointer";
import { OperationError } from "../errors";
import { isAbsent } from "../objects";
import { parseS3Uri } from "../s3-uri";

/** What is remembered of a version: the registry knows what it is now, and not since when, nor what has come of it. */
export interface RememberedDecision {
  readonly format: 1;
  /** Such as "churn/4". */
  readonly version: string;
  readonly modelPackageArn: string;
  readonly endpoint: string;
  /** What was decided when it was looked at last. */
  readonly status: string;
  /** Until when events are known, ISO 8601: an older one tells nothing new. */
  readonly heardAt: string;
  readonly approvedBy?: string;
  /** ISO 8601. */
  readonly approvedAt?: string;
  /** What `sagewright models approve` had recorded as the time of the decision. */
  readonly recordedAt?: string;
  /** When the approval was acted on, ISO 8601; absent while it was not. */
  readonly actedAt?: string;
}

/** Where approvals of an endpoint's versions are remembered: beside what functions look for. */
export interface ApprovalPlace {
  readonly bucket: string;
  readonly endpoint: string;
}

/** A decision as it was read, and the mark by which a change in between is noticed. */
export interface ReadDecision {
  readonly decision?: RememberedDecision;
  readonly etag?: string;
}

/** Key prefix of what is remembered. */
export function approvalsPrefix({ bucket, endpoint }: ApprovalPlace): string {
  return parseS3Uri(pointerUri(bucket, endpoint)).key.replace(/[^/]+$/, "approvals/");
}

/** What is remembered of a version. */
export async function recallDecision(
  { s3 }: Pick<Clients, "s3">,
  place: ApprovalPlace,
  version: string,
): Promise<ReadDecision> {
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: keyOf(place, version) }));
    const decision = JSON.parse((await Body?.transformToString("utf8")) ?? "") as RememberedDecision;
    return { decision, ...(ETag === undefined ? {} : { etag: ETag }) };
  } catch (error) {
    if (isAbsent(error)) return {};
    throw error;
  }
}

/**
 * Remembers a decision, unless somebody else has remembered another since it was read.
 *
 * @throws OperationError `endpoint_busy`
 */
export async function rememberDecision(
  { s3 }: Pick<Clients, "s3">,
  place: ApprovalPlace,
  { decision, etag }: { readonly decision: RememberedDecision; readonly etag?: string },
): Promise<void> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: place.bucket,
        Key: keyOf(place, decision.version),
        Body: `${JSON.stringify(decision, null, 2)}\n`,
        ContentType: "application/json",
        ...(etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag }),
      }),
    );
  } catch (cause) {
    const { name } = cause as Error;
    if (name !== "PreconditionFailed" && name !== "ConditionalRequestConflict") throw cause;
    const message = `Another event of ${decision.version} is being worked on at the same time.`;
    throw new OperationError("endpoint_busy", message, { facts: { version: decision.version }, cause });
  }
}

/** `serving/churn/approvals/churn-4.json` */
function keyOf(place: ApprovalPlace, version: string): string {
  return `${approvalsPrefix(place)}${version.replace(/[^A-Za-z0-9]+/g, "-")}.json`;
}
