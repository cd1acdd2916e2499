import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright captures`: predictions that the API captured. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExample:\n  $ sagewright captures export --out captured.parquet --from 2026-01\n");
  command
    .command("export")
    .description("Write captured predictions with their true outcomes as one CSV or Parquet file.")
    .requiredOption("--out <file>", "the file to write, .csv or .parquet")
    .option("--captures <folder>", "where serve --capture-to put them (default: the state folder)")
    .option("--from <moment>", "first moment in UTC, as 2026-01-02T03:04 or a beginning of it")
    .option("--to <moment>", "last moment in UTC, the same way")
    .addHelpText(
      "after",
      "\nLines that are no records go to <file>.quarantine.jsonl with the reason.\n\nExample:\n  $ sagewright captures export --out captured.csv --from 2026-01 --to 2026-02\n",
    )
    .action(
      act(() => (require("../captures/export-command") as typeof import("../captures/export-command")).exportCommand),
    );
}
