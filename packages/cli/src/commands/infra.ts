import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

/** `sagewright infra`: the CDK app of the project. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    "\nThese call the project's own cdk; deploying stacks is cdk's affair: npx cdk deploy -c env=staging --all\n" +
      "\nExamples:\n  $ sagewright infra synth --env staging\n  $ sagewright infra diff --env prod\n  $ sagewright infra cost\n",
  );
  command
    .command("synth")
    .description("Write the CloudFormation templates, judged by every rule; offline, without credentials.")
    .option("--env <name>", "this environment of config/ alone (default: all)")
    .addHelpText("after", "\nExample:\n  $ sagewright infra synth --env staging\n")
    .action(act(() => (require("../infra/synth-command") as typeof import("../infra/synth-command")).synthCommand));
  command
    .command("diff")
    .description("Compare an environment's templates with what is deployed.")
    .requiredOption("--env <name>", "an environment of config/")
    .addHelpText("after", "\nExample:\n  $ sagewright infra diff --env prod\n")
    .action(act(() => (require("../infra/diff-command") as typeof import("../infra/diff-command")).diffCommand));
  cloudOptions(
    command
      .command("release")
      .description("Serve an approved version where an environment has an endpoint for each model.")
      .argument("<model>", "group@version, an ARN, or a group for its newest approved version")
      .option("--plan", "print what would be sent and deployed; change nothing"),
  )
    .addHelpText(
      "after",
      "\nTurning back is releasing the version before.\n" +
        "\nExamples:\n  $ sagewright infra release churn@7 --env prod --plan\n  $ sagewright infra release churn@7 --env prod\n",
    )
    .action(
      act(() => (require("../infra/release-command") as typeof import("../infra/release-command")).releaseCommand),
    );
  command
    .command("cost")
    .description("What a month of each environment costs, by what its money goes to.")
    .argument("[pipeline]", "the product that is served (default: the only one, or churn)")
    .option("--env <name>", "this environment of config/ alone (default: all)")
    .addHelpText("after", "\nExample:\n  $ sagewright infra cost --env prod\n")
    .action(act(() => (require("../infra/cost-command") as typeof import("../infra/cost-command")).infraCostCommand));
}
