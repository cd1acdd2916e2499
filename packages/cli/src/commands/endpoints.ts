import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright endpoints`: what serves. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExamples:\n  $ sagewright endpoints list\n  $ sagewright endpoints delete churn\n");
  cloudOptions(command.command("list").description("List endpoints with their status."))
    .addHelpText("after", "\nExample:\n  $ sagewright endpoints list --json\n")
    .action(act(() => (require("../deployments/endpoints") as typeof import("../deployments/endpoints")).list));
  cloudOptions(
    command
      .command("delete")
      .description("Take an endpoint out of service, with its configuration and model.")
      .argument("<name>", "as in the list"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright endpoints delete churn\n")
    .action(act(() => (require("../deployments/endpoints") as typeof import("../deployments/endpoints")).remove));
}
