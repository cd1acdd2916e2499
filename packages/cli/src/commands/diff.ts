import type { Command } from "commander";
import type { Act } from "../command";
import { targetOptions } from "../releases/release-target";

/** `sagewright diff`: what publishing would change. */
export function define(command: Command, act: Act): void {
  targetOptions(command.argument("<name>", "a pipeline under pipelines/, a pipeline file, or a definition (.json)"))
    .option("--against <what>", "deployed, or a definition file", "deployed")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright diff churn\n  $ sagewright diff churn --against yesterday.json\n",
    )
    .action(act(() => (require("../releases/diff-command") as typeof import("../releases/diff-command")).diffCommand));
}
