import { resolve } from "node:path";
import {
  type Clients,
  executionReport,
  explainCache,
  listExecutions,
  listPipelines,
  listTrials,
  readLogs,
  stopExecution,
} from "@sagewright/sagemaker";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nothingStarted, progressLines } from "../runs/progress";
import { saveReport } from "../runs/report-file";
import { type Session, withSession } from "../session";
import { duration, metric, table } from "../terminal/format";

/** `sagewright runs`: what ran here, how it went, what it printed, and why a step was or was not taken from the cache. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright runs list\n  $ sagewright runs logs last --step Tune\n  $ sagewright runs explain last\n",
  );
  command
    .command("list")
    .description("List runs, newest first.")
    .option("--pipeline <name>", "of this pipeline only")
    .option("--limit <n>", "at most this many", "20")
    .action(act(list));
  command
    .command("show")
    .description("Show one run: steps, figures, reasons of failure.")
    .argument("[run]", "id, ARN, or 'last'", "last")
    .action(act(show));
  command
    .command("logs")
    .description("Print what a run's jobs printed.")
    .argument("[run]", "id, ARN, or 'last'", "last")
    .option("--step <name>", "of this step only")
    .action(act(logs));
  command
    .command("report")
    .description("Write a run's report as one HTML file and print where it is.")
    .argument("[run]", "id, ARN, or 'last'", "last")
    .option("--out <file.html>", "write here")
    .action(act(report));
  command
    .command("explain")
    .description("Say for each step whether it came from the cache, and if not, what changed.")
    .argument("[run]", "id, ARN, or 'last'", "last")
    .action(act(explain));
  command.command("stop").description("Stop a run.").argument("[run]", "id, ARN, or 'last'", "last").action(act(stop));
}

interface RunRow {
  id: string;
  arn: string;
  pipeline: string;
  status: string;
  started: Date | undefined;
  reason: string | undefined;
}

async function list(context: CommandContext<{ pipeline?: string; limit: string }>): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const runs = (await allRuns(clients, context.options.pipeline)).slice(0, Number(context.options.limit));
    context.output.document({ runs });
    if (runs.length === 0) context.output.line("Nothing has run here yet. Next: sagewright run churn");
    const rows = runs.map((run) => [
      run.id,
      run.pipeline,
      run.status,
      run.started?.toLocaleString() ?? "",
      run.reason ?? "",
    ]);
    for (const line of table([["RUN", "PIPELINE", "STATUS", "STARTED", ""], ...rows]))
      if (runs.length > 0) context.output.line(line);
  });
}

async function show(context: CommandContext, run: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const report = await executionReport(clients, await executionArn(clients, run));
    context.output.document(report);
    const { output } = context;
    output.line(`${pc.bold(report.displayName)}  ${report.status}  ${duration(report.seconds * 1000)}`);
    const progress = {
      ...nothingStarted(report.steps.map((step) => step.name)),
      steps: new Map(report.steps.map((step) => [step.name, step])),
      tuning: report.tuning,
    };
    for (const line of progressLines(progress, Date.now())) output.line(line);
    for (const [name, value] of Object.entries(report.metrics)) output.line(`  ${name.padEnd(20)} ${metric(value)}`);
    for (const { step, reason } of report.failures) output.line(`${pc.red("✗")} ${step}  ${reason}`);
    if (report.modelPackageArn !== undefined) output.line(`registered  ${report.modelPackageArn}`);
  });
}

async function logs(context: CommandContext<{ step?: string }>, run: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const { steps } = await executionReport(clients, await executionArn(clients, run));
    const chosen = steps.filter((step) => context.options.step === undefined || step.name === context.options.step);
    if (chosen.length === 0)
      throw stepUnknown(
        context.options.step ?? "",
        steps.map((step) => step.name),
      );
    const documents: object[] = [];
    for (const step of chosen) {
      for (const job of await jobsOf(clients, step)) {
        for await (const { at, message } of readLogs(clients, job)) {
          documents.push({ step: step.name, job: job.name, at, message });
          context.output.line(`${pc.dim(`${step.name} ${at.toISOString().slice(11, 23)}`)} ${message}`);
        }
      }
    }
    context.output.document({ lines: documents });
  });
}

type Step = Awaited<ReturnType<typeof executionReport>>["steps"][number];
type LoggedJob = { kind: "TrainingJob" | "ProcessingJob" | "TransformJob"; name: string };

async function jobsOf(clients: Clients, step: Step): Promise<LoggedJob[]> {
  if (step.job === undefined) return [];
  const { kind, name } = step.job;
  if (kind !== "TuningJob") return [{ kind, name }];
  return (await listTrials(clients, name)).map((trial) => ({ kind: "TrainingJob" as const, name: trial }));
}

async function explain(context: CommandContext, run: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const explained = await explainCache(clients, await executionArn(clients, run));
    context.output.document({ steps: explained });
    for (const step of explained) {
      context.output.line(
        `${step.result === "hit" ? pc.green("hit ") : pc.yellow("miss")} ${pc.bold(step.step)}  ${step.reason}`,
      );
      for (const { path, before, after } of step.changed)
        context.output.line(`       ${path}: ${short(before)} → ${short(after)}`);
    }
  });
}

async function report(context: CommandContext<{ out?: string }>, run: string): Promise<undefined> {
  await withSession(context, async (session) => {
    const found = await executionReport(session.clients, await executionArn(session.clients, run));
    const out = context.options.out === undefined ? undefined : resolve(context.cwd, context.options.out);
    const file = await saveReport(session, found, out);
    if (file === undefined) throw reportMissing(run);
    context.output.document({ report: file });
    context.output.line(file);
  });
}

function reportMissing(run: string): CliError {
  return new CliError({
    code: "report_missing",
    subject: run,
    message: "the run has no report: it ended before it evaluated a model",
    fix: `sagewright runs show ${run}`,
    exitCode: exitCodes.failed,
  });
}

async function stop(context: CommandContext, run: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const arn = await executionArn(clients, run);
    await stopExecution(clients, arn);
    context.output.document({ stopping: arn });
    context.output.line(`stopping ${arn}`);
  });
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 100 ? `${text.slice(0, 60)}…${text.slice(-30)}` : text;
}

async function allRuns(clients: Session["clients"], pipeline: string | undefined): Promise<RunRow[]> {
  const names = pipeline === undefined ? await listPipelines(clients) : [pipeline];
  const runs = await Promise.all(
    names.map(async (name) =>
      (await listExecutions(clients, { pipeline: name })).map((execution) => ({
        id: execution.PipelineExecutionArn?.split("/").at(-1) ?? "",
        arn: execution.PipelineExecutionArn ?? "",
        pipeline: name,
        status: execution.PipelineExecutionStatus ?? "",
        started: execution.StartTime,
        reason: execution.PipelineExecutionFailureReason,
      })),
    ),
  );
  return runs.flat().sort((a, b) => (b.started?.getTime() ?? 0) - (a.started?.getTime() ?? 0));
}

/** The ARN that an id, an ARN or `last` stands for. @throws CliError `run_not_found` */
export async function executionArn(clients: Session["clients"], run: string): Promise<string> {
  if (run.startsWith("arn:")) return run;
  const runs = await allRuns(clients, undefined);
  const found = run === "last" ? runs[0] : runs.find(({ id }) => id === run);
  if (found !== undefined) return found.arn;
  throw new CliError({
    code: "run_not_found",
    subject: run,
    message: runs.length === 0 ? "nothing has run here yet" : "there is no run of this id",
    fix: "see: sagewright runs list",
    exitCode: exitCodes.usage,
  });
}

function stepUnknown(step: string, steps: string[]): CliError {
  return new CliError({
    code: "step_unknown",
    subject: step,
    message: "the run has no step of this name",
    why: `it has: ${steps.join(", ")}`,
    exitCode: exitCodes.usage,
  });
}
