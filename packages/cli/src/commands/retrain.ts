import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright retrain`: trains a new version as the last one was trained, on what was labelled since too. */
export function define(command: Command, act: Act): void {
  const declared = command
    .argument("<model>", "the model group to train a new version of")
    .option("--reason <text>", "why, recorded with the run")
    .option("--token <text>", "starting again with the same one gives the same run")
    .option("--same-data", "train on the data of the last run (default: with the predictions labelled since)")
    .option("--captures <place>", "a folder or s3://BUCKET/PREFIX (default: where `serve --capture` puts them)")
    .option("--ground-truth <place>", "the same for what really happened (default: where POST /feedback puts it)")
    .option("--detach", "on AWS: end once the run has started");
  cloudOptions(declared)
    .addHelpText(
      "after",
      '\nThe new version becomes the served one only when it is approved, and approval passes the gate.\n\nExamples:\n  $ sagewright retrain churn --reason "drift of plan"\n  $ sagewright retrain churn --env prod --detach\n',
    )
    .action(
      act(
        () =>
          (require("../monitor/retraining/retrain-command") as typeof import("../monitor/retraining/retrain-command"))
            .retrainCommand,
      ),
    );
}
