import { DescribeModelPackageCommand } from "@aws-sdk/client-sagemaker";
import { decisionRecord } from "../compare/promotion-record";
import { applyDeploymentWith, type DeployClients, planDeploy } from "../deploy";
import { describeConfiguration, describeEndpoint } from "../deployment/current";
import { type HostedServing, versionName } from "../deployment/desired";
import type { DeploymentPlan } from "../deployment/plan";
import { OperationError } from "../errors";
import { describeModel, listModels, type ModelDetails } from "../registry";
import type { Surroundings } from "../surroundings";

/** What is served when a version of a group is approved, and how. */
export interface ApprovalSettings {
  readonly group: string;
  readonly endpoint: string;
  /** With which the container reads the model. */
  readonly roleArn: string;
  readonly serving: HostedServing;
  /** Needed when `serving.capture` is there. */
  readonly captureUri?: string;
  readonly kmsKey?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** How long one call waits for the endpoint. @default 20 */
  readonly waitSeconds?: number;
}

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

/** Tags of models and configurations that an approval made. */
export const APPROVED_BY_TAG = "sagewright:approved-by";
export const APPROVED_AT_TAG = "sagewright:approved-at";

/** Approved versions that are looked at for a later approval. */
const MOST_VERSIONS = 20;

/**
 * Serves the version that an event says is approved, guarded as the settings say. Safe to repeat: SageMaker sends an event more
 * than once, and for every change of an approved package. One approval acts once, so that a rollback stays what it is, and the
 * last approval wins.
 *
 * @throws OperationError as `deploy` does, except for what is worth another try: that is an outcome
 */
export async function serveApproved(
  clients: DeployClients,
  event: ModelPackageEvent,
  settings: ApprovalSettings,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const { group, endpoint, waitSeconds = 20, tags, ...wish } = settings;
  const { ModelPackageArn: arn, ModelPackageGroupName, ModelApprovalStatus } = event.detail;
  const ignored = (because: string, known: Partial<ApprovalOutcome> = {}): ApprovalOutcome => ({
    outcome: "ignored",
    because,
    endpoint,
    ...known,
  });
  if (arn === undefined || ModelPackageGroupName !== group) return ignored("it is no version of this group");
  if (ModelApprovalStatus !== "Approved") return ignored(`it is ${ModelApprovalStatus ?? "deleted"}`);
  const model = await describeModel(clients, arn);
  const version = versionName(model);
  if (model.approval !== "Approved") return ignored(`it is ${model.approval} by now`, { version });
  const approvedAt = decidedAt(model, event.time);
  const approvedBy = await decidedBy(clients, model);
  const known = { version, endpoint, approvedBy, approvedAt };
  const later = await approvedLater(clients, model, approvedAt);
  if (later !== undefined) return ignored(`${later} was approved later`, known);

  const recorded = { ...tags, [APPROVED_BY_TAG]: approvedBy, [APPROVED_AT_TAG]: approvedAt };
  const options = { modelPackageArn: arn, endpoint, ...wish, tags: recorded };
  const plan = await planDeploy(clients, options);
  if (await servedSince(clients, plan, approvedAt)) return ignored("it has served since, and was replaced", known);
  const hindrance = plan.warnings.find(({ code }) => code === "endpoint_busy" || code === "alarm_rings");
  if (hindrance?.blocking === true) return { outcome: "postponed", because: hindrance.message, ...known };
  try {
    const { change } = await applyDeploymentWith(clients, plan, { timeoutSeconds: waitSeconds }, surroundings);
    return { outcome: "deployed", change, ...known };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    if (error.code === "wait_timeout") return { outcome: "under_way", change: plan.change, ...known };
    if (error.code === "deployment_rolled_back")
      return { outcome: "turned_back", because: error.message, change: plan.change, ...known };
    throw error;
  }
}

function decidedAt(model: ModelDetails, otherwise: string): string {
  return new Date(decisionRecord(model)?.at ?? otherwise).toISOString();
}

/** Who approved it: what `sagewright models approve` recorded, else who changed the package last. */
async function decidedBy({ sagemaker }: Pick<DeployClients, "sagemaker">, model: ModelDetails): Promise<string> {
  const recorded = decisionRecord(model)?.by;
  if (recorded !== undefined) return recorded;
  const { LastModifiedBy: by } = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: model.arn }));
  const who = by?.IamIdentity?.SourceIdentity ?? by?.UserProfileName ?? by?.IamIdentity?.Arn ?? "unknown";
  // Tags take no other characters, nor more.
  return who.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, 256);
}

/** Another version of the group that was approved after this one. */
async function approvedLater(
  clients: Pick<DeployClients, "sagemaker">,
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

/** Whether this approval was acted on before, and something else, such as a rollback, came after. */
async function servedSince(
  clients: Pick<DeployClients, "sagemaker">,
  { change, changes, endpoint, endpointConfigName }: DeploymentPlan,
  approvedAt: string,
): Promise<boolean> {
  const kept = changes.some(({ kind, action }) => kind === "EndpointConfig" && action === "keep");
  if (change !== "updated" || !kept) return false;
  const made = (await describeConfiguration(clients, endpointConfigName))?.CreationTime;
  const touched = (await describeEndpoint(clients, endpoint))?.LastModifiedTime;
  if (made === undefined || touched === undefined) return false;
  return made.toISOString() >= approvedAt && touched > made;
}
