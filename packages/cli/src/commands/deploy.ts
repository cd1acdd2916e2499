import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright deploy`: a registered, approved version behind an endpoint. */
export function define(command: Command, act: Act): void {
  cloudOptions(
    command
      .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
      .option("--endpoint <name>", "name of the endpoint (default: the group's name)"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright deploy churn/1 --endpoint churn\n")
    .action(
      act(() => (require("../models/deploy-command") as typeof import("../models/deploy-command")).deployCommand),
    );
}
