import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright retrain`: trains a new version as the last one was trained. */
export function define(command: Command, act: Act): void {
  const declared = command
    .argument("<model>", "the model group to train a new version of")
    .option("--reason <text>", "why, recorded with the run")
    .option("--token <text>", "starting again with the same one gives the same run")
    .option("--detach", "on AWS: end once the run has started");
  cloudOptions(declared)
    .addHelpText(
      "after",
      '\nThe new version becomes the served one only when it is approved, and approval passes the gate.\n\nExamples:\n  $ sagewright retrain churn --reason "drift of plan"\n  $ sagewright retrain churn --env prod --detach\n',
    )
    .action(
      act(() => (require("../monitor/retrain-command") as typeof import("../monitor/retrain-command")).retrainCommand),
    );
}
