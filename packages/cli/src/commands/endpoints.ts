import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright endpoints`: what serves. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright endpoints list\n  $ sagewright endpoints show churn\n  $ sagewright endpoints delete churn\n",
  );
  cloudOptions(
    command.command("list", { isDefault: true }).description("List endpoints with their status and versions."),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright endpoints list --json\n")
    .action(act(() => (require("../deployments/endpoints") as typeof import("../deployments/endpoints")).list));
  cloudOptions(
    command
      .command("show")
      .description("Health, versions, update under way, alarms, traffic, cost and the way back.")
      .argument("<name>", "as in the list"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright endpoints show churn --env prod\n")
    .action(
      act(
        () => (require("../deployments/show-endpoint") as typeof import("../deployments/show-endpoint")).showEndpoint,
      ),
    );
  cloudOptions(
    command
      .command("delete")
      .description("Take an endpoint out of service, with its scaling, alarms, configuration and model.")
      .argument("<name>", "as in the list"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright endpoints delete churn\n")
    .action(act(() => (require("../deployments/endpoints") as typeof import("../deployments/endpoints")).remove));
}
