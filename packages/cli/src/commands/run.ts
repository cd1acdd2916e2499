import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";
import { collect } from "../options/collect";

/** `sagewright run`: the whole pipeline for real on this machine, or on AWS; with `--serve`, on to a served model and a prediction. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, or a pipeline file")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--data <file.csv>", "the customers to learn from (default: the product's own)")
    .option("--set <parameter=value>", "a pipeline parameter; repeatable", collect)
    .option("--from <step>", "run this step and what follows; take the rest from an earlier run")
    .option("--only <step>", "run this step alone; repeatable", collect)
    .option("--source <run>", "with --from or --only: the earlier run (default: the newest that ended)")
    .option("--parallel <n>", "at most this many steps at once")
    .option("--token <text>", "starting again with the same token gives the same run")
    .option("--resume", "go on with the newest run instead of starting one")
    .option("--detach", "on AWS: end once the run has started")
    .option("--no-on-demand", "leave it at that when no spot capacity comes (default: as the environment says)")
    .option("--mlflow <uri>", "bring the run to this MLflow server when it has ended (see models mirror)")
    .option("--serve", "then approve, deploy, start the prediction API and predict one customer")
    .option("--lifetime-value <model>", "with --serve: a model of what customers are worth, answering beside")
    .option("--exit", "with --serve: end after the prediction instead of staying up")
    .option("--port <number>", "with --serve: port of the prediction API (default: 8080, or a free one)");
  cloudOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright run churn\n  $ sagewright run churn --contract bank --data bank.csv --set MinimumAuc=0.84 --json\n" +
        "  $ sagewright run churn --env staging --detach\n",
    )
    .action(act(() => (require("../runs/run-command") as typeof import("../runs/run-command")).runCommand));
}
