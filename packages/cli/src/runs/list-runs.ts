import type { CommandContext } from "../command";
import { wholeNumber } from "../options/whole-number";
import { firstStep } from "../project/first-step";
import { withSession } from "../session";
import { moment, table } from "../terminal/format";
import { allRuns } from "./find-run";

/** `sagewright runs list`. */
export async function listRuns(context: CommandContext<{ pipeline?: string; limit: string }>): Promise<undefined> {
  const limit = wholeNumber("--limit", context.options.limit, { minimum: 1 });
  await withSession(
    context,
    async ({ clients }) => {
      const { output, options } = context;
      const runs = (await allRuns(clients, options.pipeline)).slice(0, limit);
      output.document({ runs });
      if (runs.length === 0) output.line(`Nothing has run here yet. Next: ${firstStep(context.cwd)}`);
      else {
        const rows = runs.map((run) => [run.id, run.pipeline, run.status, moment(run.started)]);
        for (const line of table([["RUN", "PIPELINE", "STATUS", "STARTED"], ...rows])) output.line(line);
      }
    },
    { reading: true },
  );
}
