import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright validate`: every problem of a definition at once, each with its path and a remedy. */
export function define(command: Command, act: Act): void {
  command
    .argument("<file-or-name>", "a definition (.json), a pipeline file (.ts), or a pipeline under pipelines/")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright validate churn\n  $ sagewright validate definition.json --json\n",
    )
    .action(
      act(
        () => (require("../project/validate-command") as typeof import("../project/validate-command")).validateCommand,
      ),
    );
}
