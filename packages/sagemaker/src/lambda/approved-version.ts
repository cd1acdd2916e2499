import { DescribeModelPackageCommand } from "@aws-sdk/client-sagemaker";
import type { Clients } from "../clients";
import { decisionRecord } from "../compare/promotion-record";
import { versionName } from "../deployment/desired";
import type { DeploymentPlan } from "../deployment/plan";
import { describeModel, listModels, type ModelDetails } from "../registry";

/** An event of EventBridge about a model package, as far as it is read. */
export interface ModelPackageEvent {
  readonly "detail-type"?: string;
  readonly time: string;
  readonly detail: {
    readonly ModelPackageArn?: string;
    readonly ModelPackageGroupName?: string;
    readonly ModelApprovalStatus?: string;
  };
}

/** What became of an event. */
export interface ApprovalOutcome {
  /**
   * `deployed`: it serves; `under_way` and `postponed`: ask again later; `turned_back`: SageMaker returned to what served before;
   * `ignored`: nothing was to be done.
   */
  readonly outcome: "deployed" | "under_way" | "postponed" | "turned_back" | "ignored";
  /** Why nothing was done, or not yet. */
  readonly because?: string;
  /** Such as "churn/4". */
  readonly version?: string;
  readonly endpoint: string;
  readonly change?: DeploymentPlan["change"];
  readonly approvedBy?: string;
  readonly approvedAt?: string;
}

/** What an event was about, when it is an approval that counts. */
export interface ApprovedVersion {
  readonly arn: string;
  readonly version: string;
  readonly approvedBy: string;
  /** ISO 8601. */
  readonly approvedAt: string;
  /**
   * The same for the same approval, in letters, digits and dashes. Where nobody recorded when it was, a version has one approval for
   * ever: later events of it cannot be told from changes of its description.
   */
  readonly approval: string;
}

/** Approved versions that are looked at for a later approval. */
const MOST_VERSIONS = 20;

/**
 * The approval that an event is about, as the registry has it now; or why there is nothing to be done. The last approval wins, and
 * what is rejected by now is not served.
 */
export async function approvedVersion(
  clients: Pick<Clients, "sagemaker">,
  event: ModelPackageEvent,
  { group, endpoint }: { readonly group: string; readonly endpoint: string },
): Promise<ApprovedVersion | ApprovalOutcome> {
  const { ModelPackageArn: arn, ModelPackageGroupName, ModelApprovalStatus } = event.detail;
  if (arn === undefined || ModelPackageGroupName !== group) return ignored(endpoint, "it is no version of this group");
  if (ModelApprovalStatus !== "Approved") return ignored(endpoint, `it is ${ModelApprovalStatus ?? "deleted"}`);
  const model = await describeModel(clients, arn);
  const version = versionName(model);
  if (model.approval !== "Approved") return ignored(endpoint, `it is ${model.approval} by now`, { version });
  const approvedAt = decidedAt(model, event.time);
  const approvedBy = await decidedBy(clients, model);
  const later = await approvedLater(clients, model, approvedAt);
  if (later !== undefined) return ignored(endpoint, `${later} was approved later`, { version, approvedBy, approvedAt });
  const recordedAt = decisionRecord(model)?.at;
  const approval = [version, ...(recordedAt === undefined ? [] : [recordedAt])]
    .join("-")
    .replace(/[^A-Za-z0-9]+/g, "-");
  return { arn, version, approvedBy, approvedAt, approval };
}

/** Nothing was done, and why. */
export function ignored(endpoint: string, because: string, known: Partial<ApprovalOutcome> = {}): ApprovalOutcome {
  return { outcome: "ignored", because, endpoint, ...known };
}

function decidedAt(model: ModelDetails, otherwise: string): string {
  return new Date(decisionRecord(model)?.at ?? otherwise).toISOString();
}

/** Who approved it: what `sagewright models approve` recorded, else who changed the package last. */
async function decidedBy({ sagemaker }: Pick<Clients, "sagemaker">, model: ModelDetails): Promise<string> {
  const recorded = decisionRecord(model)?.by;
  if (recorded !== undefined) return recorded;
  const { LastModifiedBy: by } = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: model.arn }));
  const who = by?.IamIdentity?.SourceIdentity ?? by?.UserProfileName ?? by?.IamIdentity?.Arn ?? "unknown";
  // Tags take no other characters, nor more.
  return who.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, 256);
}

/** Another version of the group that was approved after this one. */
async function approvedLater(
  clients: Pick<Clients, "sagemaker">,
  model: ModelDetails,
  approvedAt: string,
): Promise<string | undefined> {
  const approved = await listModels(clients, { group: model.group, approval: "Approved", limit: MOST_VERSIONS });
  for (const { arn } of approved) {
    if (arn === model.arn) continue;
    const other = await describeModel(clients, arn);
    const changed = (other.modifiedAt ?? other.createdAt)?.toISOString() ?? "";
    if (decidedAt(other, changed || approvedAt) > approvedAt) return versionName(other);
  }
  return undefined;
}
