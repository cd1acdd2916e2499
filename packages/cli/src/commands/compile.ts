import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright compile`: the definition, byte for byte what is sent to SageMaker. */
export function define(command: Command, act: Act): void {
  command
    .argument("<name>", "a pipeline under pipelines/, or a pipeline file")
    .option("--contract <name>", "which of the product's contracts the data follows")
    .option("--out <file>", "write here instead of to the terminal")
    .option("--env <name>", "for the account, region, bucket and role of config/NAME.ts")
    .option("--region <region>", "AWS region of the target (default: us-east-1)")
    .option("--account <id>", "AWS account of the target (default: 000000000000)")
    .option("--bucket <name>", "bucket for code, data and outputs")
    .option("--role <arn>", "execution role")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright compile churn --env staging --out churn.json\n" +
        "  $ sagewright compile churn --region eu-central-1 --account 111122223333\n",
    )
    .action(
      act(() => (require("../project/compile-command") as typeof import("../project/compile-command")).compileCommand),
    );
}
