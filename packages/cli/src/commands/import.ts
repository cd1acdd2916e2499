import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright import`: TypeScript for a definition that something else wrote. */
export function define(command: Command, act: Act): void {
  command
    .argument("<definition>", "a definition file (.json)")
    .option("--name <name>", "name of the pipeline (default: the file's)")
    .option("--out <file>", "write here instead of to the terminal")
    .addHelpText("after", "\nExample:\n  $ sagewright import abalone.json --out abalone.ts\n")
    .action(
      act(() => (require("../releases/import-command") as typeof import("../releases/import-command")).importCommand),
    );
}
