import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright rollback`: back to what served before, all at once. */
export function define(command: Command, act: Act): void {
  cloudOptions(command.argument("<endpoint>", "as in `endpoints list`"))
    .addHelpText("after", "\nExample:\n  $ sagewright rollback churn --env prod\n")
    .action(
      act(
        () =>
          (require("../deployments/rollback-command") as typeof import("../deployments/rollback-command"))
            .rollbackCommand,
      ),
    );
}
