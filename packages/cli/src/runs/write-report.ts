import { resolve } from "node:path";
import { executionReport, trainingUsage } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { withSession } from "../session";
import { findRun } from "./find-run";
import { saveReport } from "./report-file";

/** `sagewright runs report`: the model card of a run as one HTML file. */
export async function writeReport(context: CommandContext<{ out?: string }>, word: string): Promise<undefined> {
  await withSession(
    context,
    async (session) => {
      const run = await findRun(session.clients, word);
      const found = await executionReport(session.clients, run.arn);
      const out = context.options.out === undefined ? undefined : resolve(context.cwd, context.options.out);
      const training = await trainingUsage(session.clients, found.steps).catch(() => undefined);
      const file = await saveReport(session, found, {
        ...(out === undefined ? {} : { file: out }),
        ...(training === undefined ? {} : { training }),
      });
      if (file === undefined) throw reportMissing(run.id);
      context.output.document({ report: file });
      context.output.line(file);
    },
    { reading: true },
  );
}

function reportMissing(id: string): CliError {
  return new CliError({
    code: "report_missing",
    subject: id,
    message: "the run has no report: it ended before it evaluated a model",
    fix: `sagewright runs show ${id}`,
    exitCode: exitCodes.failed,
  });
}
