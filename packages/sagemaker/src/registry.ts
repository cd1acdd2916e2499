import {
  DescribeModelPackageCommand,
  type DescribeModelPackageOutput,
  ListModelPackagesCommand,
  type ModelApprovalStatus,
  type ModelPackageSummary,
  UpdateModelPackageCommand,
} from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { readJson } from "./objects";

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
}

/** Key of CustomerMetadataProperties under which the manifest's SHA-256 is recorded. */
export const MANIFEST_DIGEST_KEY = "manifest_sha256";

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
  };
}

/** The evaluation a version was registered with, or undefined when it names none. */
export async function modelEvaluation(clients: Pick<Clients, "s3">, model: ModelDetails): Promise<unknown> {
  return model.metricsUri === undefined ? undefined : await readJson(clients, model.metricsUri);
}

/** Approves a version for deployment. */
export async function approve(
  clients: Pick<Clients, "sagemaker">,
  { arn, reason }: { readonly arn: string; readonly reason?: string },
): Promise<void> {
  await decide(clients, arn, "Approved", reason);
}

/**
 * Rejects a version.
 *
 * @throws OperationError `reason_missing` when the reason is blank: a rejection that nobody can explain helps nobody.
 */
export async function reject(
  clients: Pick<Clients, "sagemaker">,
  { arn, reason }: { readonly arn: string; readonly reason: string },
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
  await decide(clients, arn, "Rejected", reason);
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
  arn: string,
  status: ModelApprovalStatus,
  reason: string | undefined,
): Promise<void> {
  await clients.sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn: arn,
      ModelApprovalStatus: status,
      ...(reason === undefined ? {} : { ApprovalDescription: reason }),
    }),
  );
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
