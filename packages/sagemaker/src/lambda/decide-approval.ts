import type { DecisionRecord } from "../compare/promotion-record";
import type { RememberedDecision } from "./approval-memory";

/** What an event says, as far as decisions depend on it. */
export interface HeardEvent {
  /** ISO 8601. */
  readonly time: string;
  readonly status: string | undefined;
  /** Names of what was changed; absent where the event does not say. */
  readonly changed?: readonly string[];
}

/** A version as the registry has it now. */
export interface RegisteredDecision {
  readonly status: string;
  /** What `sagewright models approve` recorded, of the last decision or of one long before it. */
  readonly recorded?: DecisionRecord;
  /** Who changed the version last, whatever was changed. */
  readonly modifiedBy: string;
  /** ISO 8601. */
  readonly modifiedAt?: string;
}

type Known = Pick<RememberedDecision, "status" | "heardAt" | "approvedBy" | "approvedAt" | "recordedAt" | "actedAt">;

/**
 * Which decision stands. SageMaker sends an event for every change of a version, more than once and in any order, and neither the
 * event nor the registry says since when a version is approved. So an approval is a new one where the version was
 * not approved when it was last heard of, where it was rejected in between, or where `sagewright models approve` has recorded
 * another; all else is the approval that is known already.
 *
 * @param known - what is remembered; undefined for a version that is heard of for the first time
 */
export function decideApproval<K extends Known>(
  known: K | undefined,
  now: RegisteredDecision,
  event: HeardEvent,
): Known | K {
  const heardAt = latest(event.time, now.modifiedAt, known?.heardAt);
  if (now.status !== "Approved") return { status: now.status, heardAt };
  // Approved by now, which has an event of its own.
  if (event.status !== undefined && event.status !== "Approved" && known?.status !== "Approved")
    return { status: event.status, heardAt: latest(event.time, known?.heardAt) };
  const recorded = newlyRecorded(known, now);
  if (known?.status === "Approved" && recorded === undefined && !rejectedBetween(known, event)) return known;
  const approved: Known = {
    status: "Approved",
    heardAt,
    approvedBy: recorded?.by ?? now.modifiedBy,
    approvedAt: iso(recorded?.at ?? (event.status === "Approved" ? event.time : (now.modifiedAt ?? event.time))),
    ...(now.recorded === undefined ? {} : { recordedAt: now.recorded.at }),
  };
  // Approved before anybody listened, and only described otherwise now.
  const described = known === undefined && recorded === undefined && isEdit(event);
  return described ? { ...approved, actedAt: heardAt } : approved;
}

/** Whether an event says that it is of something else than a decision. */
export function isEdit({ changed }: Pick<HeardEvent, "changed">): boolean {
  return changed !== undefined && changed.length > 0 && !changed.includes("ModelApprovalStatus");
}

/** A record of a decision that is not the one known, and no left-over of one before a rejection elsewhere. */
function newlyRecorded(known: Known | undefined, { recorded }: RegisteredDecision): DecisionRecord | undefined {
  if (recorded === undefined || known === undefined) return recorded;
  if (recorded.at === known.recordedAt) return undefined;
  return known.status !== "Approved" && iso(recorded.at) <= known.heardAt ? undefined : recorded;
}

/** It is approved now; a rejection later than what is known was followed by another approval. */
function rejectedBetween({ heardAt }: Known, { status, time }: HeardEvent): boolean {
  return status !== undefined && status !== "Approved" && iso(time) > heardAt;
}

function latest(...times: readonly (string | undefined)[]): string {
  return (
    times
      .flatMap((time) => (time === undefined ? [] : [iso(time)]))
      .sort()
      .at(-1) ?? ""
  );
}

function iso(time: string): string {
  return new Date(time).toISOString();
}
