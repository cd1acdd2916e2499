import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright cloud`: the embedded cloud for any AWS client, on loopback. */
export function define(command: Command, act: Act): void {
  command
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one", "4566")
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright cloud --port 4566\n  $ aws --endpoint-url http://127.0.0.1:4566 sagemaker list-pipelines\n",
    )
    .action(act(() => (require("../house/cloud-command") as typeof import("../house/cloud-command")).cloudCommand));
}
