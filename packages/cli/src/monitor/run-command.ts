import pc from "picocolors";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { openRouter } from "./alerts";
import { type JudgeOptions, judge } from "./judge";
import { tellPeople } from "./tell";

/** `sagewright monitor run`: what is new is read and judged; whoever is to be told is told. */
export async function runCommand(
  context: CommandContext<CloudOptions & JudgeOptions>,
  word: string | undefined,
): Promise<undefined> {
  await withSession(
    context,
    async (session) => {
      const { output, signal } = context;
      const now = new Date();
      const { report, gathered } = await judge(session, context, word, now);
      const router = openRouter(session, output);
      const told = router === undefined ? undefined : await tellPeople(router, report, { signal });
      const { predictions, files, others } = gathered;
      output.document({
        model: report.model,
        window: report.window,
        read: { predictions, files, others },
        verdict: report.verdict,
        sentence: report.sentence,
        next: report.next,
        drifted: report.drift.features.filter(({ verdict }) => verdict === "drift").map(({ feature }) => feature),
        told: told ?? null,
      });
      output.line(`${mark(report.verdict)} ${report.sentence}`);
      output.line(`Next: ${report.next}`);
    },
    { reading: true },
  );
}

/** The verdict's sign. */
export function mark(verdict: "attention" | "in_order" | "unknown"): string {
  if (verdict === "attention") return pc.yellow("▲");
  return verdict === "in_order" ? pc.green("✓") : pc.dim("○");
}
