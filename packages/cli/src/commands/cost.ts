import { type Command, Option } from "commander";
import type { Act } from "../command";

/** `sagewright cost`: what a month would cost. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, a pipeline file, or a definition (.json)")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--predictions <number>", "predictions a month (default: 100000)")
    .option("--runs <number>", "runs of the pipeline a month (default: 4)")
    .option("--job-minutes <number>", "billed minutes of each job (default: 5)")
    .option("--instance <type>", "instance of a real-time endpoint (default: ml.m5.large)")
    .option("--instances <number>", "how many of them (default: 1)")
    .addOption(new Option("--gateway <kind>", "which API Gateway (default: http)").choices(["http", "rest"]))
    .addHelpText("after", "\nExample:\n  $ sagewright cost churn --predictions 1000000\n")
    .action(act(() => (require("../releases/cost-command") as typeof import("../releases/cost-command")).costCommand));
}
