import { applyDeploymentWith, type DeployClients, planDeploy } from "../deploy";
import { describeConfiguration, describeEndpoint } from "../deployment/current";
import type { HostedServing } from "../deployment/desired";
import type { DeploymentPlan } from "../deployment/plan";
import { OperationError } from "../errors";
import type { Surroundings } from "../surroundings";
import {
  type ApprovalOutcome,
  type ApprovedVersion,
  approvedVersion,
  ignored,
  type ModelPackageEvent,
} from "./approved-version";
import { publishApproved } from "./publish-approved";
import { type ReleaseClients, releaseApproved, type StackApproval } from "./release-approved";

export type { ApprovalOutcome } from "./approved-version";

/** What is served when a version of a group is approved, and how. */
export type ApprovalSettings = HostedApproval | EmbeddedApproval | StackApproval;

/** Approved versions are served by an endpoint. */
export interface HostedApproval {
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

/** Functions score with approved versions themselves, and look for them in a bucket. */
export interface EmbeddedApproval {
  readonly group: string;
  /** What functions look for: part of the pointer's key. */
  readonly endpoint: string;
  readonly serving: { readonly mode: "embedded" };
  readonly bucket: string;
}

/** Tags of models and configurations that an approval made. */
export const APPROVED_BY_TAG = "sagewright:approved-by";
export const APPROVED_AT_TAG = "sagewright:approved-at";

/**
 * Serves the version that an event says is approved, guarded as the settings say. Safe to repeat: SageMaker sends an event more
 * than once, and for every change of an approved package. One approval acts once, so that a rollback stays what it is, and the
 * last approval wins.
 *
 * @throws OperationError as `deploy` does, except for what is worth another try: that is an outcome
 */
export async function serveApproved(
  clients: DeployClients & ReleaseClients,
  event: ModelPackageEvent,
  settings: ApprovalSettings,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const approved = await approvedVersion(clients, event, settings);
  if ("outcome" in approved) return approved;
  if ("stack" in settings) return releaseApproved(clients, approved, settings);
  return "bucket" in settings
    ? publishApproved(clients, approved, settings, surroundings)
    : deployApproved(clients, approved, settings, surroundings);
}

async function deployApproved(
  clients: DeployClients,
  { arn, version, approvedBy, approvedAt }: ApprovedVersion,
  settings: HostedApproval,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const { group: _, endpoint, waitSeconds = 20, tags, ...wish } = settings;
  const known = { version, endpoint, approvedBy, approvedAt };
  const recorded = { ...tags, [APPROVED_BY_TAG]: approvedBy, [APPROVED_AT_TAG]: approvedAt };
  const options = { modelPackageArn: arn, endpoint, ...wish, tags: recorded };
  const plan = await planDeploy(clients, options);
  if (await servedSince(clients, plan, approvedAt))
    return ignored(endpoint, "it has served since, and was replaced", known);
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
