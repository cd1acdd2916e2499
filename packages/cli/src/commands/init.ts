import type { Command } from "commander";
import type { Act } from "../command";
import { collect } from "../options/collect";

/** `sagewright init`: a contract and a pipeline from any CSV, both meant to be read and edited. */
export function define(command: Command, act: Act): void {
  command
    .requiredOption("--data <file.csv>", "the customers to learn from")
    .requiredOption("--target <column>", "the column to predict")
    .option("--positive <value>", "the target's value that means the event, such as yes")
    .option("--id <column>", "a column that identifies a row; repeatable", collect)
    .option("--keep <column>", "use this column although it looks like an id or a leak; repeatable", collect)
    .option("--name <name>", "name of the pipeline (default: the file's name)")
    .option("--trials <number>", "trials of the tuning step", "12")
    .addHelpText("after", "\nExample:\n  $ sagewright init --data customers.csv --target churned --positive yes\n")
    .action(act(() => (require("../init/init-command") as typeof import("../init/init-command")).initCommand));
}
