import type { RememberedDecision } from "../../src/lambda/approval-memory";
import { decideApproval, type HeardEvent, type RegisteredDecision } from "../../src/lambda/decide-approval";

/** One version in the registry, and what the function that listens remembers of it. */
type Known = Parameters<typeof decideApproval>[0];

const at = (minute: number): string => new Date(Date.UTC(2027, 0, 10, 0, minute)).toISOString();
const inConsole = "arn:aws:sts::111122223333:assumed-role/Approvers/ada";
const now = (minute: number, more: Partial<RegisteredDecision> = {}): RegisteredDecision => ({
  ...{ status: "Approved", modifiedBy: inConsole, modifiedAt: at(minute) },
  ...more,
});
const event = (minute: number, status = "Approved", changed?: string[]): HeardEvent => ({
  ...{ time: at(minute), status },
  ...(changed === undefined ? {} : { changed }),
});
const acted = (known: Known): Known => known && { ...known, actedAt: at(59) };
const APPROVAL = ["ModelApprovalStatus", "ApprovalDescription"];

test("an approval in the console is one approval, by whom the registry says, however often and however late it is heard of", () => {
  const first = decideApproval(undefined, now(1), event(1, "Approved", APPROVAL));
  expect(first).toEqual({ status: "Approved", heardAt: at(1), approvedBy: inConsole, approvedAt: at(1) });
  const known = acted(first);
  expect(decideApproval(known, now(1), event(1, "Approved", APPROVAL))).toBe(known);
  expect(decideApproval(known, now(1), event(2))).toBe(known);
});

test.each([[undefined], [["ApprovalDescription"]], [["CustomerMetadataProperties"]]])(
  "an edit of what is approved is none, whether the event says what was changed or not: %j",
  (changed) => {
    const known = acted(decideApproval(undefined, now(1), event(1)));
    expect(decideApproval(known, now(9, { modifiedBy: "somebody else" }), event(9, "Approved", changed))).toBe(known);
  },
);

test("rejected and approved again is another approval, in whatever order the two are heard of", () => {
  const first = acted(decideApproval(undefined, now(1), event(1)));
  const rejected = decideApproval(first, now(5, { status: "Rejected" }), event(5, "Rejected"));
  expect(rejected).toEqual({ status: "Rejected", heardAt: at(5) });
  const again = decideApproval(rejected, now(7), event(7));
  expect(again).toMatchObject({ approvedAt: at(7) });
  expect(again.actedAt).toBeUndefined();

  const early = decideApproval(first, now(7), event(5, "Rejected"));
  expect(early).toMatchObject({ approvedAt: at(7), heardAt: at(7) });
  expect(early.actedAt).toBeUndefined();
  // What was sent before comes twice, and after what came later.
  for (const old of [event(5, "Rejected"), event(6, "Rejected"), event(7)]) {
    const known = acted(early);
    expect(decideApproval(known, now(7), old)).toBe(known);
  }
});

test("a registration that is heard of after its approval takes nothing back", () => {
  const known = acted(decideApproval(undefined, now(3), event(3)));
  expect(decideApproval(known, now(3), event(1, "PendingManualApproval"))).toBe(known);
});

test("a registration or a rejection that is heard of when all is approved already leaves the approval to its own event", () => {
  const registered = decideApproval(undefined, now(3), event(1, "PendingManualApproval"));
  expect(registered).toEqual({ status: "PendingManualApproval", heardAt: at(1) });
  expect(decideApproval(registered, now(3), event(3))).toMatchObject({ status: "Approved", approvedAt: at(3) });
});

test("what models approve has recorded is who and when; recorded anew, it is another approval", () => {
  const recorded = { by: "ada", at: at(1) };
  const first = decideApproval(undefined, now(1, { recorded }), event(2));
  expect(first).toMatchObject({ approvedBy: "ada", approvedAt: at(1), recordedAt: at(1) });
  const known = acted(first) as RememberedDecision;
  expect(decideApproval(known, now(8, { recorded }), event(8))).toBe(known);
  const again = decideApproval(known, now(9, { recorded: { by: "bob", at: at(9) } }), event(9, "Approved", ["Other"]));
  expect(again).toMatchObject({ approvedBy: "bob", approvedAt: at(9) });
  expect(again.actedAt).toBeUndefined();
});

test("a record from before a rejection in the console says nothing about the approval that followed there", () => {
  const recorded = { by: "ada", at: at(1) };
  const first = acted(decideApproval(undefined, now(1, { recorded }), event(1)));
  const rejected = decideApproval(first, now(5, { recorded, status: "Rejected" }), event(5, "Rejected"));
  expect(decideApproval(rejected, now(7, { recorded }), event(7))).toMatchObject({
    ...{ approvedBy: inConsole, approvedAt: at(7) },
  });
});

test("an approval from before anybody listened does not act when it is described otherwise", () => {
  expect(decideApproval(undefined, now(9), event(9, "Approved", ["ApprovalDescription"]))).toMatchObject({
    ...{ status: "Approved", actedAt: at(9) },
  });
});
