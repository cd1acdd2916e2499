import { relative } from "node:path";
import { type ExecutionReport, trainingJobs } from "@sagewright/sagemaker";
import pc from "picocolors";
import { permission } from "../releases/permission";
import { quotaOf } from "../releases/quota";
import type { Session } from "../session";
import { duration, metric, plural } from "../terminal/format";
import type { Output } from "../terminal/output";
import { readableReason } from "./cache-reason";
import { failingLines } from "./failing-lines";
import { readFailure } from "./failure";
import { jobsOf, logOf, type ReportedStep } from "./job-logs";
import { waitedText } from "./on-demand";
import { runId, saveQuarantine, saveReport } from "./report-file";
import type { RunResult } from "./result";
import type { FinishedRun } from "./run-pipeline";
import { savingText } from "./training-text";

/** What a person reads at the end of a run: verdict, figures, warnings, why steps ran again, and what to do next. */
export async function printRun(
  output: Output,
  finished: FinishedRun,
  result: RunResult,
  { session, cwd, product, next }: { session: Session; cwd: string; product: string; next: boolean },
): Promise<void> {
  const report = await saveReport(
    session,
    finished.report,
    finished.training === undefined ? {} : { training: finished.training },
  );
  const quarantine = result.quarantined ? await saveQuarantine(session, finished.report) : undefined;
  const broken = await brokenScripts(session.clients, finished.report);
  output.progress("");
  for (const line of [
    ...cacheLines(finished),
    ...figures(result),
    ...quarantined(finished, result, quarantine && near(quarantine, cwd)),
    ...warnings(result),
    ...verdict(result, broken),
    ...trainingLines(result),
    ...whereabouts(finished, result, { again: session.again, ...(report && { file: near(report, cwd) }) }),
    ...(next ? [`${pc.dim("Next:".padEnd(12))} ${nextStep(product, result)}${session.again}`] : []),
  ]) {
    output.line(line);
  }
}

/** A path as a person at the prompt would write it. */
function near(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}

function cacheLines({ cache }: FinishedRun): string[] {
  const again = cache.filter((step) => step.result === "miss" && step.comparedWith !== undefined);
  const cached = cache.filter((step) => step.result === "hit").map((step) => step.step);
  const lines = again.map((step) => `${pc.dim("ran again".padEnd(12))} ${step.step}: ${readableReason(step)}`);
  if (cached.length > 0)
    lines.push(`${pc.dim("cached".padEnd(12))} ${cached.join(", ")}: nothing they depend on changed`);
  return lines.length > 0 ? [...lines, ""] : [];
}

function figures({ metrics }: RunResult): string[] {
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
  return lines;
}

/** How many rows were put aside, for which reasons, and where they are. */
function quarantined({ report }: FinishedRun, result: RunResult, file: string | undefined): string[] {
  if (result.quarantined === null) return [];
  const prepared = Object.values(report.files).flatMap((byName) => Object.values(byName)) as PrepareReport[];
  const byCode = prepared.find((each) => each?.byCode !== undefined)?.byCode ?? {};
  const reasons = Object.entries(byCode).map(([code, rows]) => `${rows} ${code}`);
  const why = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  const where = file === undefined ? "" : `; each with its reason: ${file}`;
  return [`${pc.dim("quarantined".padEnd(12))} ${plural(result.quarantined, "row")}${why}${where}`];
}

interface PrepareReport {
  byCode?: Record<string, number>;
}

function warnings({ warnings: found }: RunResult): string[] {
  return found.map(({ code, message }) => `${pc.yellow("!")} ${message} ${pc.dim(code)}`);
}

function verdict(result: RunResult, broken: ReadonlyMap<string, string[]>): string[] {
  const { gate, status, failures, modelPackage } = result;
  if (gate === "passed")
    return [
      `${pc.dim("gate".padEnd(12))} ${pc.green("passed")}`,
      `${pc.dim("registered".padEnd(12))} ${modelPackage ?? "nothing"}`,
    ];
  if (result.waitedInVain.length > 0)
    return result.waitedInVain.map((waited) => `${pc.red("✗")} ${waitedText(waited)}`);
  const reasons = failures.flatMap((failure) => failureLines(failure, broken.get(failure.step) ?? []));
  if (gate === "refused")
    return [`${pc.dim("gate".padEnd(12))} ${pc.red("refused")}: nothing was registered`, ...reasons];
  return reasons.length > 0 ? reasons : [`${pc.dim("status".padEnd(12))} ${status}`];
}

/** A failed step with the whole of its reason: of a script that broke, the line that broke it. */
function failureLines({ step, reason }: RunResult["failures"][number], script: readonly string[]): string[] {
  const { code, message } = readFailure(reason);
  const [first = "", ...more] = message.split("\n");
  const head = `${pc.red("✗")} ${pc.bold(step)}  ${first}${code === undefined ? "" : `  ${pc.dim(code)}`}`;
  const lines = [head, ...(script.length > 0 ? script : more).map((line) => `    ${line}`)];
  const help = remedyOf(reason);
  return help === undefined ? lines : [...lines, `    ${pc.dim("fix")}  ${help}`];
}

/** What to do where the service refused a step's own request: a quota, or a permission of the execution role. */
function remedyOf(reason: string): string | undefined {
  if (/service limit '/.test(reason)) return quotaOf(reason).fix;
  return permission(reason, undefined)?.fix.replace("the caller's policy", "the execution role's policy");
}

/** What the training took: said where spot was asked for, or given up. */
export function trainingLines({ training, onDemandAfter }: Pick<RunResult, "training" | "onDemandAfter">): string[] {
  if (training === null) return [];
  const row = (text: string) => `${pc.dim("training".padEnd(12))} ${text}`;
  if (onDemandAfter !== null)
    return [row(`on demand, after ${runId(onDemandAfter)} got no spot capacity; ${plural(training.jobs, "job")}`)];
  const saved = savingText(training);
  return saved === undefined ? [] : [row(saved)];
}

function whereabouts(
  { report }: FinishedRun,
  result: RunResult,
  { again, file }: { again: string; file?: string },
): string[] {
  const id = runId(result.execution);
  return [
    `${pc.dim("run".padEnd(12))} ${id}, ${report.status.toLowerCase()} after ${duration(result.seconds * 1000)}`,
    ...(file === undefined ? [] : [`${pc.dim("report".padEnd(12))} ${file}`]),
    `${pc.dim("logs".padEnd(12))} sagewright runs logs ${id}${again}`,
  ];
}

function nextStep(name: string, { gate, execution, failures, modelPackage, waitedInVain }: RunResult): string {
  const id = runId(execution);
  if (waitedInVain.length > 0) return `sagewright runs retry ${id} --on-demand`;
  if (gate === "passed" && modelPackage !== null) return `sagewright models approve ${modelName(modelPackage)}`;
  if (gate === "refused")
    return `read the report; better columns, more rows or more trials help. Then: sagewright run ${name}`;
  const [failed] = failures;
  return failed === undefined ? `sagewright runs show ${id}` : `sagewright runs logs ${id} --step ${failed.step}`;
}

/** By step, where the script of a failed job broke. A step whose job gave its reason itself is left out. */
async function brokenScripts(clients: Session["clients"], report: ExecutionReport): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { step, reason } of report.failures) {
    const view = report.steps.find(({ name }) => name === step);
    if (view === undefined || readFailure(reason).code !== undefined) continue;
    for (const job of await jobsOf(clients, view)) {
      const lines = failingLines(await logOf(clients, job));
      if (lines.length > 0) found.set(step, lines);
      if (lines.length > 0) break;
    }
    if (!found.has(step) && view.job?.kind === "TuningJob") found.set(step, await trialReasons(clients, view));
  }
  return found;
}

/** Why the trials of a search failed, each reason once. */
async function trialReasons(clients: Session["clients"], view: ReportedStep): Promise<string[]> {
  const [search] = await trainingJobs(clients, [view]);
  const reasons = (search?.jobs ?? []).flatMap(({ FailureReason }) => FailureReason ?? []);
  return [...new Set(reasons)].map((reason) => readFailure(reason).message);
}

/** "churn/3" of a model package's ARN. */
export function modelName(arn: string | null): string {
  return arn?.split("model-package/")[1] ?? "";
}
