import { createHash } from "node:crypto";
import type { Finding, Observation, Severity } from "./finding";

/** A text that a service published on a topic, rather than data. */
export interface Notice {
  readonly subject: string;
  readonly text: string;
  /** When it was published, ISO 8601. */
  readonly at: string;
}

/**
 * A notice as a finding. One of AWS Budgets is an incident a budget and month, which is over when the next month's comes; of any
 * other nobody says when it is over, so that the same text opens nothing twice.
 */
export function noticeObservation(notice: Notice, severity: Severity): Observation {
  const at = new Date(notice.at).toISOString();
  const budget = field(notice.text, "Budget Name");
  if (budget !== undefined) return overBudget({ ...notice, at }, budget, severity);
  const subject = (notice.subject || notice.text.split("\n")[0] || "notice").trim().slice(0, 200) || "notice";
  const digest = createHash("sha256").update(`${notice.subject}\n${notice.text}`).digest("hex").slice(0, 16);
  const finding: Finding = {
    key: `notice/${digest}`,
    kind: "alarm",
    severity,
    subject,
    what: oneLine(notice.text) || subject,
    extent: "A service wrote this as text, so that nothing more is known of it.",
    since: at,
    model: { name: "service" },
    action: "Read it, and see in the console of the service that wrote it.",
    runbook: "alarm",
  };
  return { format: 1, at, findings: [finding], cleared: [] };
}

function overBudget({ text, at }: Notice, budget: string, severity: Severity): Observation {
  const kind = field(text, "Alert Type") ?? "ACTUAL";
  const [threshold, amount, budgeted] = [
    field(text, "Alert Threshold")?.replace(/^>\s*/, ""),
    field(text, `${kind} Amount`),
    field(text, "Budgeted Amount"),
  ];
  const incident = (month: string) => `budget/${budget}/${month}`.slice(0, 200);
  const [month, before] = [at.slice(0, 7), monthBefore(at)];
  const finding: Finding = {
    key: `${incident(month)}/${kind}/${threshold ?? ""}`,
    kind: "alarm",
    severity,
    subject: budget.slice(0, 255),
    what: `The ${kind.toLowerCase()} cost of the budget ${budget} is above ${threshold ?? "its threshold"}.`.slice(
      0,
      1_000,
    ),
    extent: `It is ${amount ?? "unknown"} of ${budgeted ?? "unknown"} this month.`.slice(0, 1_000),
    since: at,
    model: { name: "service" },
    action: "Compare the cost by service with the estimate of: sagewright cost.",
    runbook: "budget",
    group: incident(month),
  };
  return { format: 1, at, findings: [finding], cleared: [`${incident(before)}/*`] };
}

/** The rest of the line that begins with a name and a colon. */
function field(text: string, name: string): string | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${name}: `));
  const value = line?.slice(name.length + 2).trim();
  return value === "" ? undefined : value;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 1_000);

function monthBefore(at: string): string {
  const [year, month] = [Number(at.slice(0, 4)), Number(at.slice(5, 7))];
  return new Date(Date.UTC(year, month - 2)).toISOString().slice(0, 7);
}
