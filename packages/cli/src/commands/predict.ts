import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright predict`: one customer with what moved the prediction, or a file of customers. */
export function define(command: Command, act: Act): void {
  command
    .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
    .option("--row <json>", "one customer as a JSON object")
    .option("--file <customers.csv>", "many customers: CSV, NDJSON or Parquet, by the file's name")
    .option("--out <scored.csv>", "with --file: where the scores go, in any of the three")
    .option("--threads <n>", "with --file: how many threads score (default: as many as the machine runs at once)")
    .option("--fresh", "with --file: start again instead of going on with an interrupted run")
    .option("--lifetime-value <model>", "a model of what customers are worth; its tier then chooses the risk tier")
    .option("--drivers <n>", "with --row: how many columns to explain it by", "5");
  cloudOptions(command)
    .addHelpText(
      "after",
      '\nExamples:\n  $ sagewright predict churn --file customers.csv --out scored.csv\n  $ sagewright predict churn/1 --row \'{"state":"OH", ...}\' --json\n',
    )
    .action(
      act(() => (require("../models/predict-command") as typeof import("../models/predict-command")).predictCommand),
    );
}
