import type { Command } from "commander";
import type { Act } from "../command";
import { targetOptions } from "../releases/release-target";

/** `sagewright publish`: a pipeline to AWS or to the embedded cloud. */
export function define(command: Command, act: Act): void {
  targetOptions(command.argument("<name>", "a pipeline under pipelines/, or a pipeline file"))
    .option("--dry-run", "print the difference and every request, and send none")
    .option("--force", "overwrite what somebody else published under this name")
    .addHelpText(
      "after",
      "\nBefore steps lose their cache it asks; --yes agrees beforehand, --no-input refuses.\n" +
        "\nExamples:\n  $ sagewright publish churn --dry-run\n" +
        "  $ sagewright publish churn --aws --role arn:aws:iam::111122223333:role/SagewrightExecution\n",
    )
    .action(
      act(
        () => (require("../releases/publish-command") as typeof import("../releases/publish-command")).publishCommand,
      ),
    );
}
