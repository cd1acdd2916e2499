import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright cloud`: the embedded cloud for any AWS client, on loopback. */
export function define(command: Command, act: Act): void {
  command
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one", "4566")
    .option("--clock <which>", "machine, or manual: time stands still until it is advanced", "machine")
    .option("--start-at <moment>", "where a new manual clock begins (2027-01-01T00:00:00Z)")
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright cloud --port 4566\n  $ aws --endpoint-url http://127.0.0.1:4566 sagemaker list-pipelines\n  $ sagewright cloud --clock manual --start-at 2027-01-01T00:00:00Z\n",
    )
    .action(act(() => (require("../house/cloud-command") as typeof import("../house/cloud-command")).cloudCommand));
}
