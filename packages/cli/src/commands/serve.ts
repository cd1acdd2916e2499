import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright serve`: the prediction API over an approved version. */
export function define(command: Command, act: Act): void {
  const declared = command
    .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one (default: 8080, or a free one)")
    .option("--keys", "take no request without a key, even before one is created")
    .option("--capture <share>", "keep this share of predictions, 0 to 1, for monitoring (default: none)")
    .option("--capture-to <place>", "a folder, s3://BUCKET/PREFIX or firehose:STREAM (default: the state folder)")
    .option("--lifetime-value <model>", "a model of what customers are worth, answering beside (default: none)")
    .option("--backend <kind>", "where the estimator runs: embedded, endpoint or serverless (default: embedded)")
    .option("--endpoint <name>", "with --backend endpoint: the endpoint to ask (default: the group's name)");
  cloudOptions(declared)
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright serve churn --port 8080\n  $ sagewright serve churn --lifetime-value clv\n  $ sagewright serve churn --backend endpoint\n  $ sagewright serve churn --env staging --backend serverless --capture-to s3://captures/churn\n",
    )
    .action(act(() => (require("../models/serve-command") as typeof import("../models/serve-command")).serveCommand));
}
