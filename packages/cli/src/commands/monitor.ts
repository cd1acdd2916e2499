import { Argument, type Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

const model = "group for its newest approved version, or group/version (default: the only group)";

/** `sagewright monitor`: drift, performance, and who is told. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ sagewright serve churn --capture 1\n  $ sagewright monitor run churn\n  $ sagewright monitor report churn --window 7d --out report.html\n",
  );
  cloudOptions(
    spanOptions(
      command
        .command("run")
        .description("Read what was captured since the last time, judge the window, tell whoever is to be told.")
        .argument("[model]", model),
    )
      .option("--again", "read every capture anew")
      .option("--promote", "a version that a training made takes over when the gate lets it"),
  )
    .addHelpText(
      "after",
      "\nMeant for every hour; only what is new is read. With --env its alerts are sent and its retraining rules are followed.\n" +
        "\nExamples:\n  $ sagewright monitor run churn\n  $ sagewright monitor run churn --env staging --captures s3://captures/churn\n",
    )
    .action(act(() => (require("../monitor/run-command") as typeof import("../monitor/run-command")).runCommand));
  cloudOptions(
    spanOptions(
      command
        .command("report")
        .description("Print what drifted and how good the model is, and write it as one HTML file.")
        .argument("[model]", model),
    )
      .option("--out <file.html>", "write here (default: reports/ in the state folder)")
      .option(
        "--model-monitor <folder>",
        "write statistics.json, constraints.json and constraint_violations.json there",
      ),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright monitor report churn --window 7d --json\n")
    .action(
      act(() => (require("../monitor/report-command") as typeof import("../monitor/report-command")).reportCommand),
    );
  cloudOptions(
    command
      .command("labels")
      .description("Take in what really happened, from a CSV with a row for each prediction.")
      .argument("[model]", "whose contract says which columns tell customers apart (default: the only group)")
      .requiredOption("--file <file.csv>", "the labels, in a file or s3://BUCKET/KEY")
      .option("--to <place>", "a folder or s3://BUCKET/PREFIX (default: where POST /feedback puts what happened)")
      .option("--id <column>", "column of the prediction ids (default: predictionId, eventId or id)")
      .option("--outcome <column>", "column of what happened (default: outcome, label, target or churn)")
      .option(
        "--customer <column>",
        "column of the customers' ids: one counts once a day in training (default: the contract's ids)",
      )
      .option(
        "--positive <text>",
        "what stands there where it happened (default: yes, true or 1; a value is a number)",
      ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  $ sagewright monitor labels --file labels.csv --outcome left --positive gone\n",
    )
    .action(
      act(() => (require("../monitor/labels-command") as typeof import("../monitor/labels-command")).labelsCommand),
    );
  cloudOptions(
    command
      .command("test-alert")
      .description("Send a test to the receivers of alerts, and say who got it.")
      .option("--to <target>", "to this one only (default: to every one that is routed to)"),
  )
    .addHelpText("after", "\nExample:\n  $ sagewright monitor test-alert --env staging --local --to team\n")
    .action(
      act(
        () =>
          (require("../monitor/test-alert-command") as typeof import("../monitor/test-alert-command")).testAlertCommand,
      ),
    );
  cloudOptions(
    command
      .command("alerts")
      .description("List incidents, what waits and what was given up; or send what was given up once more.")
      .addArgument(new Argument("[action]", "what to do").choices(["list", "replay"]).default("list"))
      .argument("[ids...]", "of dead letters, for replay (default: all)"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright monitor alerts list\n  $ sagewright monitor alerts replay --env staging --local\n",
    )
    .action(
      act(() => (require("../monitor/alerts-command") as typeof import("../monitor/alerts-command")).alertsCommand),
    );
}

function spanOptions(command: Command): Command {
  return command
    .option("--window <length>", "hours, days or weeks up to now: 24h, 7d, 4w (default: 7d)")
    .option("--since <moment>", "first moment in UTC, as 2026-01-02T03, instead of --window")
    .option("--until <moment>", "last moment in UTC (default: now)")
    .option(
      "--captures <place>",
      "a folder or s3://BUCKET/PREFIX (default: where `serve --capture`, or on AWS the stack, puts them)",
    )
    .option("--ground-truth <place>", "the same for what really happened (default: where POST /feedback puts it)");
}
