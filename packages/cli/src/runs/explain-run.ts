import { explainCache } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { withSession } from "../session";
import { readableReason, shortAddress } from "./cache-reason";
import { findRun } from "./find-run";

/** `sagewright runs explain`: for each step, cached or not, and what changed. */
export async function explainRun(context: CommandContext, word: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const steps = await explainCache(clients, (await findRun(clients, word)).arn);
      output.document({ steps });
      if (steps.length === 0) output.line("No step of this run is one that can be cached.");
      const width = Math.max(...steps.map(({ step }) => step.length), 0);
      for (const step of steps) {
        const verdict = step.result === "hit" ? pc.green("cached") : pc.yellow("ran   ");
        output.line(`${verdict}  ${pc.bold(step.step.padEnd(width))}  ${readableReason(step)}`);
        for (const { path, before, after } of step.changed)
          output.line(`        ${pc.dim(path)}  ${shortAddress(before)} → ${shortAddress(after)}`);
      }
    },
    { reading: true },
  );
}
