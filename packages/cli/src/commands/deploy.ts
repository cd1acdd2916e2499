import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright deploy`: a registered, approved version behind an endpoint. */
export function define(command: Command, act: Act): void {
  cloudOptions(
    command
      .argument("<model>", "group@version, an ARN, or a group for its newest approved version")
      .option("--endpoint <name>", "name of the endpoint (default: the environment's, or the group's name)")
      .option("--plan", "print what would be made, changed and kept, and what it costs; change nothing")
      .option("--at-once", "no canary, no alarms, no waiting: for emergencies"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright deploy churn@4 --env staging --plan\n  $ sagewright deploy churn@4 --env staging\n",
    )
    .action(
      act(
        () =>
          (require("../deployments/deploy-command") as typeof import("../deployments/deploy-command")).deployCommand,
      ),
    );
}
