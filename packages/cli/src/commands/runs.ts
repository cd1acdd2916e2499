import type { Command } from "commander";
import type { Act } from "../command";

/** `sagewright runs`: what ran here, how it went, what it printed, and why a step was or was not taken from the cache. */
export function define(command: Command, act: Act): void {
  const one = (name: string, description: string) =>
    command.command(name).description(description).argument("[run]", "id, ARN, or 'last'", "last");
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright runs list\n  $ sagewright runs logs last --step Tune\n  $ sagewright runs explain last\n",
  );
  command
    .command("list")
    .description("List runs, newest first.")
    .option("--pipeline <name>", "of this pipeline only")
    .option("--limit <n>", "at most this many", "20")
    .addHelpText("after", "\nExample:\n  $ sagewright runs list --pipeline churn-training --limit 5\n")
    .action(act(() => (require("../runs/list-runs") as typeof import("../runs/list-runs")).listRuns));
  one("show", "Show one run: steps, figures, reasons of failure.")
    .addHelpText("after", "\nExample:\n  $ sagewright runs show last\n")
    .action(act(() => (require("../runs/show-run") as typeof import("../runs/show-run")).showRun));
  one("logs", "Print what a run's jobs printed.")
    .option("--step <name>", "of this step only")
    .addHelpText("after", "\nExample:\n  $ sagewright runs logs last --step Tune\n")
    .action(act(() => (require("../runs/run-logs") as typeof import("../runs/run-logs")).runLogs));
  one("report", "Write a run's report as one HTML file and print where it is.")
    .option("--out <file.html>", "write here")
    .addHelpText("after", "\nExample:\n  $ sagewright runs report last --out report.html\n")
    .action(act(() => (require("../runs/write-report") as typeof import("../runs/write-report")).writeReport));
  one("explain", "Say for each step whether it came from the cache, and if not, what changed.")
    .addHelpText("after", "\nExample:\n  $ sagewright runs explain last --json\n")
    .action(act(() => (require("../runs/explain-run") as typeof import("../runs/explain-run")).explainRun));
  one("stop", "Stop a run.")
    .addHelpText("after", "\nExample:\n  $ sagewright runs stop last\n")
    .action(act(() => (require("../runs/stop-run") as typeof import("../runs/stop-run")).stopRun));
}
