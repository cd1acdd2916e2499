import { type Command, Option } from "commander";
import type { Act } from "../command";

/** `sagewright cost`: what a month would cost. */
export function define(command: Command, act: Act): void {
  command
    .argument("[name]", "a pipeline under pipelines/, a pipeline file, or a definition (.json)")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--env <name>", "sizes and traffic as config/NAME.ts says")
    .option("--predictions <number>", "predictions a month (default: the environment's, or 100000)")
    .option("--runs <number>", "runs of the pipeline a month (default: the environment's, or 4)")
    .option("--job-minutes <number>", "billed minutes of each job (default: the environment's, or 5)")
    .option("--instance <type>", "instance of a real-time endpoint (default: the environment's, or ml.m5.large)")
    .option("--instances <number>", "how many of them (default: the environment's, or 1)")
    .addOption(
      new Option("--gateway <kind>", "which API Gateway (default: http; with --env rest)").choices(["http", "rest"]),
    )
    .option("--prices", "print every price that an estimate is made of, with its date and source")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright cost churn --predictions 1000000\n  $ sagewright cost churn --env prod\n  $ sagewright cost --prices\n",
    )
    .action(act(() => (require("../releases/cost-command") as typeof import("../releases/cost-command")).costCommand));
}
