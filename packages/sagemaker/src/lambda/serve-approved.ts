import { applyDeploymentWith, type DeployClients, planDeploy } from "../deploy";
import type { HostedServing } from "../deployment/desired";
import { OperationError } from "../errors";
import type { Surroundings } from "../surroundings";
import {
  type ApprovalOutcome,
  type ApprovedVersion,
  approvedVersion,
  ignored,
  type ModelPackageEvent,
  REPLACED,
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
  /** Where approvals are remembered. */
  readonly bucket: string;
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
  let known: Partial<ApprovalOutcome> = {};
  try {
    const approved = await approvedVersion(clients, event, settings);
    if ("outcome" in approved) return approved;
    const { version, approvedBy, approvedAt } = approved;
    known = { version, approvedBy, approvedAt };
    const outcome = await served(clients, approved, settings, surroundings);
    if (ACTED.has(outcome.outcome)) await approved.done(new Date(surroundings.now()).toISOString());
    return outcome;
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "endpoint_busy") throw error;
    return { outcome: "postponed", because: error.message, endpoint: settings.endpoint, ...known };
  }
}

const ACTED: ReadonlySet<ApprovalOutcome["outcome"]> = new Set(["deployed", "under_way", "turned_back"]);

function served(
  clients: DeployClients & ReleaseClients,
  approved: ApprovedVersion,
  settings: ApprovalSettings,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  if ("stack" in settings) return releaseApproved(clients, approved, settings);
  return isEmbedded(settings)
    ? publishApproved(clients, approved, settings, surroundings)
    : deployApproved(clients, approved, settings, surroundings);
}

/** Whether functions score with approved versions themselves. */
export function isEmbedded(settings: HostedApproval | EmbeddedApproval): settings is EmbeddedApproval {
  return settings.serving.mode === "embedded";
}

async function deployApproved(
  clients: DeployClients,
  { arn, version, approvedBy, approvedAt, acted }: ApprovedVersion,
  settings: HostedApproval,
  surroundings: Surroundings,
): Promise<ApprovalOutcome> {
  const { group: _, bucket: __, endpoint, waitSeconds = 20, tags, ...wish } = settings;
  const known = { version, endpoint, approvedBy, approvedAt };
  const recorded = { ...tags, [APPROVED_BY_TAG]: approvedBy, [APPROVED_AT_TAG]: approvedAt };
  const options = { modelPackageArn: arn, endpoint, ...wish, tags: recorded };
  const plan = await planDeploy(clients, options);
  const hindrance = plan.warnings.find(({ code }) => code === "endpoint_busy" || code === "alarm_rings");
  if (acted && plan.change !== "unchanged" && hindrance?.code !== "endpoint_busy")
    return ignored(endpoint, REPLACED, known);
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
