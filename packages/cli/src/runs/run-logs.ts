import { type Clients, executionReport, isFinal, patiently, readLogs } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { nearest } from "../project/nearest";
import { withSession } from "../session";
import { findRun } from "./find-run";
import { jobsOf, type ReportedStep } from "./job-logs";

/** `sagewright runs logs`: what the jobs of a run printed, a tuning step's trials one after the other. */
export async function runLogs(
  context: CommandContext<CloudOptions & { step?: string; follow?: boolean }>,
  word: string,
): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output, options } = context;
      const run = await findRun(clients, word);
      const { steps } = await executionReport(clients, run.arn);
      const chosen = steps.filter((step) => options.step === undefined || step.name === options.step);
      if (options.step !== undefined && chosen.length === 0) throw stepUnknown(options.step, steps);
      const lines: object[] = [];
      for (const step of chosen) {
        for (const job of await jobsOf(clients, step)) {
          const until = options.follow ? { until: () => hasEnded(clients, run.arn), signal: context.signal } : {};
          for await (const { at, message } of readLogs(clients, job, until)) {
            lines.push({ step: step.name, job: job.name, at, message });
            output.line(`${pc.dim(`${step.name} ${at.toISOString().slice(11, 23)}`)} ${message}`);
          }
        }
      }
      output.document({ lines });
      if (lines.length === 0) output.progress(`${options.step ?? `run ${run.id}`} ran no job that printed anything`);
    },
    { reading: true },
  );
}

/** Whether a run has ended, and so has whatever wrote its logs. */
async function hasEnded(clients: Clients, executionArn: string): Promise<boolean> {
  const { status } = await patiently(clients, () => executionReport(clients, executionArn));
  return isFinal(status);
}

function stepUnknown(step: string, steps: readonly ReportedStep[]): CliError {
  const names = steps.map(({ name }) => name);
  const meant = nearest(step, names);
  return new CliError({
    code: "step_unknown",
    subject: step,
    message: "the run has no step of this name",
    why: `it has: ${names.join(", ")}`,
    ...(meant === undefined ? {} : { fix: `did you mean: --step ${meant}?` }),
    exitCode: exitCodes.usage,
  });
}
