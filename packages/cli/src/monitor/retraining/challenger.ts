import type { RetrainingOutcome } from "@sagewright/monitoring";
import { describeModel } from "@sagewright/sagemaker";
import type { CommandContext } from "../../command";
import { CliError } from "../../errors";
import { promote, review } from "../../models/promotion";
import { wantsOnDemand } from "../../runs/on-demand";
import { runId } from "../../runs/report-file";
import { type RunResult, runResult } from "../../runs/result";
import { finishRun } from "../../runs/run-pipeline";
import type { Session } from "../../session";

/** A training under way, and why it was started. */
export interface Challenge {
  readonly group: string;
  readonly executionArn: string;
  readonly because: string;
  /** Whether the version takes over when the gate lets it. */
  readonly promote: boolean;
}

/** Watches a training to its end, and holds the version it made against the champion. */
export async function challenge(
  { output, signal }: Pick<CommandContext, "output" | "signal">,
  session: Session,
  { group, executionArn, because, promote: takesOver }: Challenge,
): Promise<RetrainingOutcome> {
  const result = runResult(
    await finishRun(session, executionArn, { output, signal, onDemand: wantsOnDemand(session) }),
  );
  const outcome = { model: group, run: runId(result.execution), because };
  if (result.modelPackage === null) return { ...outcome, result: { kind: "failed", reason: reasonOf(result) } };
  const model = await describeModel(session.clients, result.modelPackage);
  const found = await review(session.clients, model, session.environment?.gate);
  const { comparison } = found;
  const auc =
    comparison === undefined ? {} : { auc: { champion: comparison.champion, challenger: comparison.challenger } };
  if (!found.passed) {
    const reason = found.problems.map(({ message }) => message).join("; ");
    return { ...outcome, ...auc, result: { kind: "kept", reason } };
  }
  if (!takesOver) return { ...outcome, ...auc, result: { kind: "waiting", version: String(model.version) } };
  try {
    await promote(session, { arn: model.arn, reason: `passed the gate after ${because}`.slice(0, 1_000) });
    return { ...outcome, ...auc, result: { kind: "promoted", version: String(model.version) } };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { ...outcome, ...auc, result: { kind: "kept", reason: error.message } };
  }
}

function reasonOf({ failures, status }: RunResult): string {
  const [first] = failures;
  return first === undefined
    ? `the run ended ${status.toLowerCase()} without a version`
    : `${first.step}: ${first.reason}`;
}
