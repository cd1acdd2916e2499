import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright state`: the folder that holds everything local. */
export function define(command: Command, act: Act): void {
  const room = () => require("../state/state-commands") as typeof import("../state/state-commands");
  command.addHelpText(
    "after",
    "\nThe folder is .sagewright of the project, or the one --state names. Nobody may have it open meanwhile.\n" +
      "\nExamples:\n  $ sagewright state backup ../churn-state.tgz\n  $ sagewright state verify\n",
  );
  command
    .command("backup")
    .description("Write runs, models, objects, keys and audit log into one archive, each file with its SHA-256.")
    .argument("<file>", "where the archive goes; readable for you only")
    .option("--force", "replace the file")
    .addHelpText("after", "\nExample:\n  $ sagewright state backup ../churn-state.tgz\n")
    .action(act(() => room().backup));
  command
    .command("restore")
    .description("Bring a backup into an empty state folder; the whole archive is checked before anything changes.")
    .argument("<file>", "what state backup wrote")
    .option("--force", "put the state that is there aside")
    .addHelpText("after", "\nExample:\n  $ sagewright state restore ../churn-state.tgz --state restored\n")
    .action(act(() => room().restore));
  command
    .command("verify")
    .description("Check every record, journal, object and reference; names what is damaged (exit code 3).")
    .addHelpText("after", "\nExample:\n  $ sagewright state verify\n")
    .action(act(() => room().verify));
}
