import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ExecutionReport, readStepOutput, type TrainingUsage } from "@sagewright/sagemaker";
import type { Session } from "../session";
import { withSaving } from "./training-text";

/** Output and file of the Evaluate step that a person opens in a browser. */
const card = { output: "card", file: "model-card.html" };

/**
 * Writes a run's model card, with what its training saved, where a person finds it: `reports/RUN.html` in the state folder unless
 * `file` says otherwise.
 *
 * @returns the file's path; undefined when the run has no card
 */
export async function saveReport(
  { clients, stateDir }: Pick<Session, "clients" | "stateDir">,
  report: ExecutionReport,
  { file, training }: { file?: string; training?: TrainingUsage } = {},
): Promise<string | undefined> {
  for (const step of [...report.steps].reverse()) {
    const content = await readStepOutput(clients, step, card);
    if (content === undefined) continue;
    const path = file ?? join(stateDir, "reports", `${runId(report.executionArn)}.html`);
    mkdirSync(dirname(path), { recursive: true });
    const html = Buffer.from(content).toString("utf8");
    writeFileSync(path, withSaving(html, training));
    return path;
  }
  return undefined;
}

/**
 * Writes the rows that a run's Prepare step put aside where a person finds them: `reports/RUN.quarantine.csv`.
 *
 * @returns the file's path; undefined when the run has none
 */
export async function saveQuarantine(
  { clients, stateDir }: Pick<Session, "clients" | "stateDir">,
  report: ExecutionReport,
): Promise<string | undefined> {
  for (const step of report.steps) {
    const content = await readStepOutput(clients, step, { output: "quarantine", file: "quarantine.csv" });
    if (content === undefined) continue;
    const path = join(stateDir, "reports", `${runId(report.executionArn)}.quarantine.csv`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }
  return undefined;
}

/** The id at the end of an execution's ARN. */
export function runId(executionArn: string): string {
  return executionArn.slice(executionArn.lastIndexOf("/") + 1);
}
