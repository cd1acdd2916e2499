import { type Command, Option } from "commander";
import type { Act } from "../command";

/** `sagewright graph`: a drawing of a pipeline. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, a pipeline file, or a definition (.json)")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .addOption(new Option("--format <format>", "how to draw").choices(["text", "mermaid", "dot"]).default("text"))
    .addHelpText("after", "\nExamples:\n  $ sagewright graph churn\n  $ sagewright graph churn --format mermaid\n")
    .action(
      act(() => (require("../releases/graph-command") as typeof import("../releases/graph-command")).graphCommand),
    );
}
