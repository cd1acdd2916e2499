import { executionReport, trainingUsage, waitedInVain } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { withSession } from "../session";
import { duration, metric } from "../terminal/format";
import { readFailure } from "./failure";
import { findRun } from "./find-run";
import { waitedText } from "./on-demand";
import { nothingStarted, progressLines } from "./progress";
import { modelName, trainingLines } from "./summary";

/** `sagewright runs show`: steps, figures, reasons of failure. */
export async function showRun(context: CommandContext, word: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients, again }) => {
      const { output } = context;
      const run = await findRun(clients, word);
      const report = await executionReport(clients, run.arn);
      const training = await trainingUsage(clients, report.steps).catch(() => undefined);
      const waited = await waitedInVain(clients, report, { endedEarly: true }).catch(() => []);
      output.document({ ...report, training: training ?? null, waitedInVain: waited });
      output.line(
        `${pc.bold(run.id)}  ${run.pipeline}  ${report.status.toLowerCase()} after ${duration(report.seconds * 1000)}`,
      );
      const progress = {
        ...nothingStarted(report.steps.map((step) => step.name)),
        steps: new Map(report.steps.map((step) => [step.name, step])),
        tuning: report.tuning,
      };
      for (const line of progressLines(progress, Date.now())) output.line(line);
      for (const { step, reason } of report.failures) {
        const [, ...detail] = readFailure(reason).message.split("\n");
        if (detail.length > 0) output.line(`${pc.red("✗")} ${step}`);
        for (const line of detail) output.line(`  ${line}`);
      }
      for (const [name, value] of Object.entries(report.metrics)) output.line(`  ${name.padEnd(20)} ${metric(value)}`);
      for (const line of trainingLines({ training: training ?? null, onDemandAfter: null })) output.line(line);
      for (const each of waited) output.line(`${pc.red("✗")} ${waitedText(each)}`);
      if (waited.length > 0) output.line(`Next: sagewright runs retry ${run.id} --on-demand${again}`);
      if (report.modelPackageArn !== undefined) output.line(`registered  ${modelName(report.modelPackageArn)}`);
    },
    { reading: true },
  );
}
