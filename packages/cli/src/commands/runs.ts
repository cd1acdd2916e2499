import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright runs`: what ran, how it went, what it printed, and why a step was or was not taken from the cache. */
export function define(command: Command, act: Act): void {
  const one = (name: string, description: string) =>
    command.command(name).description(description).argument("[run]", "id, ARN, or 'last'", "last");
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright runs list\n  $ sagewright runs logs last --step Tune\n  $ sagewright runs watch --env staging\n",
  );
  const list = command.command("list", { isDefault: true }).description("List runs, newest first.");
  cloudOptions(
    list.option("--pipeline <name>", "of this pipeline only").option("--limit <n>", "at most this many", "20"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright runs list --pipeline churn-training --limit 5\n")
    .action(act(() => (require("../runs/list-runs") as typeof import("../runs/list-runs")).listRuns));
  cloudOptions(one("show", "Show one run: steps, figures, reasons of failure."))
    .addHelpText("after", "\nExample:\n  $ sagewright runs show last\n")
    .action(act(() => (require("../runs/show-run") as typeof import("../runs/show-run")).showRun));
  cloudOptions(one("watch", "Watch a run to its end, whoever started it; Ctrl-C leaves it running."))
    .addHelpText("after", "\nExample:\n  $ sagewright runs watch last --env staging\n")
    .action(act(() => (require("../runs/watch-run") as typeof import("../runs/watch-run")).watchAgain));
  cloudOptions(
    one("logs", "Print what a run's jobs printed.")
      .option("--step <name>", "of this step only")
      .option("--follow", "go on as lines are written, until the run ends"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright runs logs last --step Tune\n")
    .action(act(() => (require("../runs/run-logs") as typeof import("../runs/run-logs")).runLogs));
  cloudOptions(
    one("report", "Write a run's report as one HTML file and print where it is.").option(
      "--out <file.html>",
      "write here",
    ),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright runs report last --out report.html\n")
    .action(act(() => (require("../runs/write-report") as typeof import("../runs/write-report")).writeReport));
  cloudOptions(one("explain", "Say for each step whether it came from the cache, and if not, what changed."))
    .addHelpText("after", "\nExample:\n  $ sagewright runs explain last --json\n")
    .action(act(() => (require("../runs/explain-run") as typeof import("../runs/explain-run")).explainRun));
  cloudOptions(one("stop", "Stop a run."))
    .addHelpText("after", "\nExample:\n  $ sagewright runs stop last\n")
    .action(act(() => (require("../runs/stop-run") as typeof import("../runs/stop-run")).stopRun));
  cloudOptions(
    one("retry", "Go on with a failed or stopped run; steps that succeeded are not repeated.")
      .option("--on-demand", "start it again on machines on demand, where no spot capacity came")
      .option("--detach", "on AWS: end once the run goes on"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright runs retry last --env staging\n")
    .action(act(() => (require("../runs/retry-run") as typeof import("../runs/retry-run")).retryRun));
}
