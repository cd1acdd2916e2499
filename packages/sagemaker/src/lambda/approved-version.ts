import { DescribeModelPackageCommand, type DescribeModelPackageOutput } from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import type { Clients } from "../clients";
import { decisionRecord } from "../compare/promotion-record";
import { versionName } from "../deployment/desired";
import type { DeploymentPlan } from "../deployment/plan";
import { OperationError } from "../errors";
import { listModels } from "../registry";
import { type ApprovalPlace, type RememberedDecision, recallDecision, rememberDecision } from "./approval-memory";
import { decideApproval, type RegisteredDecision } from "./decide-approval";

/** An event of EventBridge about a model package, as far as it is read. */
export interface ModelPackageEvent {
  readonly "detail-type"?: string;
  readonly time: string;
  readonly detail: {
    readonly ModelPackageArn?: string;
    readonly ModelPackageGroupName?: string;
    readonly ModelApprovalStatus?: string;
    /** Names of what an update changed; of other events it is not there. */
    readonly UpdatedModelPackageFields?: readonly string[];
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
  /** The same for the same approval, in letters, digits and dashes. */
  readonly approval: string;
  /** Whether it was acted on before: then whatever serves now came after it. */
  readonly acted: boolean;
  /** Remembers that it was acted on. */
  readonly done: (at: string) => Promise<void>;
}

/** Approved versions that are looked at for a later approval. */
const MOST_VERSIONS = 20;

type ApprovalClients = Pick<Clients, "sagemaker" | "s3">;

/**
 * The approval that an event is about, as the registry has it now; or why there is nothing to be done. The last approval wins, and
 * what is rejected by now is not served. What was decided is remembered, so that a change of a version's description is none.
 *
 * @throws OperationError `endpoint_busy` when another event of the version is worked on
 */
export async function approvedVersion(
  clients: ApprovalClients,
  event: ModelPackageEvent,
  { group, endpoint, bucket }: ApprovalPlace & { readonly group: string },
): Promise<ApprovedVersion | ApprovalOutcome> {
  const { ModelPackageArn: arn, ModelPackageGroupName, ModelApprovalStatus, ...detail } = event.detail;
  if (arn === undefined || ModelPackageGroupName !== group) return ignored(endpoint, "it is no version of this group");
  const version = versionName({ group, version: Number(arn.slice(arn.lastIndexOf("/") + 1)) });
  const place = { bucket, endpoint };
  const standing = await agreed(clients, place, version, async (remembered) => {
    const found = await registered(clients, arn);
    if (found === undefined) return undefined;
    const heard = {
      time: event.time,
      status: ModelApprovalStatus,
      ...(detail.UpdatedModelPackageFields === undefined ? {} : { changed: detail.UpdatedModelPackageFields }),
    };
    const decided = decideApproval(remembered, registeredDecision(found), heard);
    return decided === remembered ? remembered : { format: 1, version, modelPackageArn: arn, endpoint, ...decided };
  });
  if (standing === undefined) return ignored(endpoint, "it is not there any more", { version });
  const { approvedBy, approvedAt } = standing;
  if (standing.status !== "Approved" || approvedBy === undefined || approvedAt === undefined)
    return ignored(endpoint, `it is ${standing.status}`, { version });
  const known = { version, approvedBy, approvedAt };
  const later = await approvedLater(clients, { arn, group, approvedAt, place });
  if (later !== undefined) return ignored(endpoint, `${later} was approved later`, known);
  return {
    ...{ arn, ...known },
    approval: `${version}-${approvedAt}`.replace(/[^A-Za-z0-9]+/g, "-"),
    acted: standing.actedAt !== undefined,
    done: async (at) => {
      await agreed(clients, place, version, async (remembered = standing) =>
        remembered.approvedAt === approvedAt && remembered.actedAt === undefined
          ? { ...remembered, actedAt: at }
          : remembered,
      );
    },
  };
}

/** Nothing was done, and why. */
export function ignored(endpoint: string, because: string, known: Partial<ApprovalOutcome> = {}): ApprovalOutcome {
  return { outcome: "ignored", because, endpoint, ...known };
}

/** Why an approval that was acted on before is left alone. */
export const REPLACED = "it was acted on before, and was replaced since";

/** @returns undefined when there is no such version any more */
async function registered(
  { sagemaker }: Pick<Clients, "sagemaker">,
  arn: string,
): Promise<DescribeModelPackageOutput | undefined> {
  try {
    return await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function registeredDecision(found: DescribeModelPackageOutput): RegisteredDecision {
  const recorded = decisionRecord({ metadata: found.CustomerMetadataProperties ?? {} });
  return {
    status: found.ModelApprovalStatus ?? "PendingManualApproval",
    modifiedBy: whoChanged(found),
    ...(recorded === undefined ? {} : { recorded }),
    ...(found.LastModifiedTime === undefined ? {} : { modifiedAt: found.LastModifiedTime.toISOString() }),
  };
}

function whoChanged({ LastModifiedBy: by }: DescribeModelPackageOutput): string {
  const who = by?.IamIdentity?.SourceIdentity ?? by?.UserProfileName ?? by?.IamIdentity?.Arn ?? "unknown";
  // Tags take no other characters, nor more.
  return who.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-").slice(0, 256);
}

/** Events of one version may be worked on at the same time; as often the one that comes second looks again. */
const MOST_LOOKS = 5;

/**
 * What is remembered once `next` has looked at it: what it gives back as it was, or of a version that is gone, is not written.
 *
 * @throws OperationError `endpoint_busy`
 */
async function agreed(
  clients: Pick<Clients, "s3">,
  place: ApprovalPlace,
  version: string,
  next: (remembered: RememberedDecision | undefined) => Promise<RememberedDecision | undefined>,
): Promise<RememberedDecision | undefined> {
  for (let looks = 1; ; looks += 1) {
    const { decision: remembered, etag } = await recallDecision(clients, place, version);
    const decision = await next(remembered);
    if (decision === undefined || decision === remembered) return decision;
    try {
      await rememberDecision(clients, place, { decision, ...(etag === undefined ? {} : { etag }) });
      return decision;
    } catch (error) {
      if (!(error instanceof OperationError) || looks === MOST_LOOKS) throw error;
    }
  }
}

/** Another version of the group that was approved after this one, as is remembered or recorded; nothing else says when that was. */
async function approvedLater(
  clients: ApprovalClients,
  { arn, group, approvedAt, place }: { arn: string; group: string; approvedAt: string; place: ApprovalPlace },
): Promise<string | undefined> {
  const approved = await listModels(clients, { group, approval: "Approved", limit: MOST_VERSIONS });
  for (const model of approved) {
    if (model.arn === arn) continue;
    const version = versionName(model);
    const { decision } = await recallDecision(clients, place, version);
    const other = decision?.approvedAt ?? (await recordedTime(clients, model.arn));
    if (other !== undefined && other > approvedAt) return version;
  }
  return undefined;
}

async function recordedTime(clients: ApprovalClients, arn: string): Promise<string | undefined> {
  const { CustomerMetadataProperties: metadata = {} } = (await registered(clients, arn)) ?? {};
  const at = decisionRecord({ metadata })?.at;
  return at === undefined ? undefined : new Date(at).toISOString();
}
