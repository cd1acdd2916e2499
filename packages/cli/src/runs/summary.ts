import pc from "picocolors";
import type { Session } from "../session";
import { count, duration, metric } from "../terminal/format";
import type { Output } from "../terminal/output";
import { runId, saveReport } from "./report-file";
import type { RunResult } from "./result";
import type { FinishedRun } from "./run-pipeline";

/** What a person reads at the end of a run: verdict, figures, warnings, why steps ran again, and what to do next. */
export async function printRun(
  output: Output,
  finished: FinishedRun,
  result: RunResult,
  session: Session,
  options: { next: boolean },
): Promise<void> {
  const reportFile = await saveReport(session, finished.report);
  output.line();
  for (const line of [
    ...cacheLines(finished),
    ...figures(result),
    ...warnings(result),
    ...verdict(finished, result),
    ...whereabouts(finished, result, reportFile),
    ...(options.next ? nextLines(finished, result) : []),
  ]) {
    output.line(line);
  }
}

function cacheLines({ cache }: FinishedRun): string[] {
  const again = cache.filter((step) => step.result === "miss" && step.comparedWith !== undefined);
  const cached = cache.filter((step) => step.result === "hit").map((step) => step.step);
  const lines = again.map(({ step, reason }) => `${pc.dim("ran again".padEnd(12))} ${step}: ${reason}`);
  if (cached.length > 0)
    lines.push(`${pc.dim("cached".padEnd(12))} ${cached.join(", ")}: nothing they depend on changed`);
  return lines.length > 0 ? [...lines, ""] : [];
}

function figures({ metrics, quarantined }: RunResult): string[] {
  const lines: string[] = [];
  const { roc_auc, roc_auc_low, roc_auc_high, pr_auc, r2, mae } = metrics;
  if (roc_auc !== undefined) {
    const interval =
      roc_auc_low !== undefined && roc_auc_high !== undefined
        ? `  (95 % interval ${metric(roc_auc_low)} to ${metric(roc_auc_high)})`
        : "";
    lines.push(`${pc.dim("ROC AUC".padEnd(12))} ${pc.bold(metric(roc_auc))}${interval} on the untouched test split`);
  }
  if (pr_auc !== undefined) lines.push(`${pc.dim("PR AUC".padEnd(12))} ${metric(pr_auc)}`);
  if (metrics.precision !== undefined && metrics.recall !== undefined) {
    lines.push(
      `${pc.dim("at threshold".padEnd(12))} precision ${metric(metrics.precision)}, recall ${metric(metrics.recall)}`,
    );
  }
  if (r2 !== undefined)
    lines.push(
      `${pc.dim("R²".padEnd(12))} ${pc.bold(metric(r2))}${mae === undefined ? "" : `, mean absolute error ${metric(mae)}`} on the untouched test split`,
    );
  if (quarantined !== null)
    lines.push(`${pc.dim("quarantined".padEnd(12))} ${count(quarantined)} ${quarantined === 1 ? "row" : "rows"}`);
  return lines;
}

function warnings({ warnings: found }: RunResult): string[] {
  return found.map(({ code, message }) => `${pc.yellow("!")} ${message} ${pc.dim(code)}`);
}

function verdict({ report }: FinishedRun, result: RunResult): string[] {
  if (result.gate === "passed")
    return [
      `${pc.dim("gate".padEnd(12))} ${pc.green("passed")}`,
      `${pc.dim("registered".padEnd(12))} ${result.modelPackage ?? "nothing"}`,
    ];
  const reasons = report.failures.map(({ step, reason }) => `${pc.red("✗")} ${pc.bold(step)}  ${reason}`);
  if (result.gate === "refused")
    return [`${pc.dim("gate".padEnd(12))} ${pc.red("refused")}: nothing was registered`, ...reasons];
  return reasons.length > 0 ? reasons : [`${pc.dim("status".padEnd(12))} ${result.status}`];
}

function whereabouts({ report }: FinishedRun, result: RunResult, reportFile: string | undefined): string[] {
  const id = runId(result.execution);
  return [
    `${pc.dim("run".padEnd(12))} ${id}, ${report.status.toLowerCase()} after ${duration(result.seconds * 1000)}`,
    ...(reportFile === undefined ? [] : [`${pc.dim("report".padEnd(12))} ${reportFile}`]),
    `${pc.dim("logs".padEnd(12))} sagewright runs logs ${id}`,
  ];
}

function nextLines({ report }: FinishedRun, result: RunResult): string[] {
  const id = runId(result.execution);
  const failed = report.failures[0];
  const next =
    result.gate === "passed"
      ? `sagewright models approve ${modelName(result.modelPackage)}`
      : failed === undefined
        ? `sagewright runs show ${id}`
        : `sagewright runs logs ${id} --step ${failed.step}`;
  return [`${pc.dim("Next:".padEnd(12))} ${next}`];
}

/** "churn/3" of a model package's ARN. */
export function modelName(arn: string | null): string {
  return arn?.split("model-package/")[1] ?? "";
}
