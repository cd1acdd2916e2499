import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { wholeNumber } from "../options/whole-number";
import { firstStep } from "../project/first-step";
import { withSession } from "../session";
import { moment, table } from "../terminal/format";
import { allRuns } from "./find-run";

/** `sagewright runs list`. */
export async function listRuns(
  context: CommandContext<CloudOptions & { pipeline?: string; limit: string }>,
): Promise<undefined> {
  const limit = wholeNumber("--limit", context.options.limit, { minimum: 1 });
  await withSession(
    context,
    async ({ clients, cloud, again }) => {
      const { output, options } = context;
      // Whoever has the state folder runs what is in it; that this command has it means that nobody did.
      const abandoned = cloud?.role === "owner";
      const runs = (
        await allRuns(clients, { limit, ...(options.pipeline === undefined ? {} : { pipeline: options.pipeline }) })
      )
        .slice(0, limit)
        .map((run) => ({ ...run, interrupted: abandoned && run.status === "Executing" }));
      output.document({ runs });
      if (runs.length === 0) {
        output.line(`Nothing has run here yet. Next: ${firstStep(context.cwd)}${again}`);
        return;
      }
      const rows = runs.map((run) => [
        run.id,
        run.pipeline,
        run.interrupted ? "Interrupted" : run.status,
        moment(run.started),
      ]);
      for (const line of table([["RUN", "PIPELINE", "STATUS", "STARTED"], ...rows])) output.line(line);
      if (runs.some(({ interrupted }) => interrupted))
        output.line("An interrupted run goes on with: sagewright run NAME --resume");
    },
    { reading: true },
  );
}
