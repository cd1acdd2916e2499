import { executionReport, readLogs } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "../project/nearest";
import { withSession } from "../session";
import { findRun } from "./find-run";
import { jobsOf, type ReportedStep } from "./job-logs";

/** `sagewright runs logs`: what the jobs of a run printed, a tuning step's trials one after the other. */
export async function runLogs(context: CommandContext<{ step?: string }>, word: string): Promise<undefined> {
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
          for await (const { at, message } of readLogs(clients, job)) {
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
