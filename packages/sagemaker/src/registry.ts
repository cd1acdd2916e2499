import {
  DescribeModelPackageCommand,
  type DescribeModelPackageOutput,
  ListModelPackagesCommand,
  type ModelApprovalStatus,
  type ModelPackageSummary,
  UpdateModelPackageCommand,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import { decisionKeys, decisionMetadata } from "./compare/promotion-record";
import type { PromotionReview } from "./compare/review-promotion";
import { OperationError } from "./errors";
import { isAbsent, readJson } from "./objects";

/** A version of a model in the registry, as a list shows it. */
export interface ModelVersion {
  readonly arn: string;
  readonly group: string;
  readonly version: number;
  readonly status: string;
  readonly approval: ModelApprovalStatus;
  readonly createdAt?: Date;
}

/** A version with everything recorded about it. */
export interface ModelDetails extends ModelVersion {
  readonly description?: string;
  /** Who said what when the version was approved or rejected. */
  readonly approvalReason?: string;
  readonly image: string;
  readonly modelDataUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  /** SHA-256 of the archive's manifest.json as recorded at registration. @default absent when none was recorded */
  readonly manifestSha256?: string;
  /** Everything recorded as CustomerMetadataProperties: lineage, figures, digests. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Address of the evaluation the version was registered with. */
  readonly metricsUri?: string;
  readonly modelCardUri?: string;
  /** The pipeline execution that registered it. @default absent when no pipeline did */
  readonly executionArn?: string;
  readonly modifiedAt?: Date;
}

/** Key of CustomerMetadataProperties under which the manifest's SHA-256 is recorded. */
export const MANIFEST_DIGEST_KEY = "manifest_sha256";

/** Of an ApprovalDescription, in the service's model. */
const LONGEST_DESCRIPTION = 1_024;

/** Versions of a group, newest first. */
export async function listModels(
  clients: Pick<Clients, "sagemaker">,
  options: { readonly group: string; readonly approval?: ModelApprovalStatus; readonly limit?: number },
): Promise<ModelVersion[]> {
  const limit = options.limit ?? 1_000;
  const found: ModelVersion[] = [];
  let NextToken: string | undefined;
  do {
    const page = await clients.sagemaker.send(
      new ListModelPackagesCommand({
        ModelPackageGroupName: options.group,
        SortBy: "CreationTime",
        SortOrder: "Descending",
        MaxResults: Math.min(100, limit - found.length),
        ...(options.approval === undefined ? {} : { ModelApprovalStatus: options.approval }),
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.ModelPackageSummaryList ?? []).map(modelVersion));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && found.length < limit);
  return found.sort((a, b) => b.version - a.version);
}

/** Everything recorded about one version. */
export async function describeModel(clients: Pick<Clients, "sagemaker">, arn: string): Promise<ModelDetails> {
  const found = await clients.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
  const container = containerOf(found);
  const metadata = found.CustomerMetadataProperties ?? {};
  const manifestSha256 = metadata[MANIFEST_DIGEST_KEY];
  const metricsUri = found.ModelMetrics?.ModelQuality?.Statistics?.S3Uri;
  const modelCardUri = metadata.model_card;
  const executionArn = found.MetadataProperties?.GeneratedBy;
  return {
    ...modelVersion(found),
    ...(found.ModelPackageDescription === undefined ? {} : { description: found.ModelPackageDescription }),
    ...(found.ApprovalDescription === undefined ? {} : { approvalReason: found.ApprovalDescription }),
    image: container.image,
    modelDataUrl: container.modelDataUrl,
    environment: container.environment,
    metadata,
    ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
    ...(metricsUri === undefined ? {} : { metricsUri }),
    ...(modelCardUri === undefined ? {} : { modelCardUri }),
    ...(executionArn?.includes(":pipeline/") ? { executionArn } : {}),
    ...(found.LastModifiedTime === undefined ? {} : { modifiedAt: found.LastModifiedTime }),
  };
}

/** The evaluation a version was registered with, or undefined when it names none, or one that is not there any more. */
export async function modelEvaluation(clients: Pick<Clients, "s3">, model: ModelDetails): Promise<unknown> {
  try {
    return model.metricsUri === undefined ? undefined : await readJson(clients, model.metricsUri);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Who decides about a version, and when; kept in its CustomerMetadataProperties. */
export interface Decision {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** What the gate said, for approvals. */
  readonly review?: PromotionReview;
}

/** Approves a version for deployment. Whether it should be is {@link reviewPromotion}'s; this records the decision. */
export async function approve(
  clients: Pick<Clients, "sagemaker">,
  { arn, reason, decision }: { readonly arn: string; readonly reason?: string; readonly decision?: Decision },
): Promise<void> {
  await decide(clients, { arn, status: "Approved", reason, decision });
}

/**
 * Rejects a version.
 *
 * @throws OperationError `reason_missing` when the reason is blank: a rejection that nobody can explain helps nobody.
 */
export async function reject(
  clients: Pick<Clients, "sagemaker">,
  { arn, reason, decision }: { readonly arn: string; readonly reason: string; readonly decision?: Decision },
): Promise<void> {
  if (reason.trim() === "") {
    throw new OperationError(
      "reason_missing",
      `Rejecting ${arn} needs a reason. Say in a sentence what is wrong with it.`,
      {
        facts: { arn },
      },
    );
  }
  await decide(clients, { arn, status: "Rejected", reason, decision });
}

/**
 * The newest approved version of a group.
 *
 * @throws OperationError `no_approved_model` when the group has none.
 */
export async function latestApproved(clients: Pick<Clients, "sagemaker">, group: string): Promise<ModelVersion> {
  const [newest] = await listModels(clients, { group, approval: "Approved" });
  if (newest === undefined) {
    throw new OperationError("no_approved_model", `No version of ${group} is approved. Approve one, then deploy.`, {
      facts: { group },
    });
  }
  return newest;
}

async function decide(
  clients: Pick<Clients, "sagemaker">,
  given: { arn: string; status: ModelApprovalStatus; reason?: string | undefined; decision?: Decision | undefined },
): Promise<void> {
  const { arn, status, reason, decision } = given;
  await clients.sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn: arn,
      ModelApprovalStatus: status,
      ...(reason === undefined ? {} : { ApprovalDescription: reason.slice(0, LONGEST_DESCRIPTION) }),
      ...(decision === undefined ? {} : recorded(decisionMetadata(decision, decision.review))),
    }),
  );
}

/** Figures of a former decision do not stay beside a new one that has none. */
function recorded(properties: Record<string, string>) {
  const stale = decisionKeys.filter((key) => properties[key] === undefined);
  return { CustomerMetadataProperties: properties, CustomerMetadataPropertiesToRemove: stale };
}

function modelVersion(found: ModelPackageSummary | DescribeModelPackageOutput): ModelVersion {
  return {
    arn: found.ModelPackageArn ?? "",
    group: found.ModelPackageGroupName ?? "",
    version: found.ModelPackageVersion ?? 0,
    status: found.ModelPackageStatus ?? "",
    approval: found.ModelApprovalStatus ?? "PendingManualApproval",
    ...(found.CreationTime === undefined ? {} : { createdAt: found.CreationTime }),
  };
}

function containerOf(found: DescribeModelPackageOutput) {
  const container = found.InferenceSpecification?.Containers?.[0];
  const modelDataUrl = container?.ModelDataUrl ?? container?.ModelDataSource?.S3DataSource?.S3Uri;
  if (container?.Image === undefined || modelDataUrl === undefined) {
    throw new OperationError(
      "model_without_container",
      `${found.ModelPackageArn} names no image or no model data, so it cannot be served. Register it with an InferenceSpecification.`,
      { facts: { arn: found.ModelPackageArn } },
    );
  }
  return { image: container.Image, modelDataUrl, environment: container.Environment ?? {} };
}
