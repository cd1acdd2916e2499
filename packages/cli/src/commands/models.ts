import type { Command } from "commander";
import type { Act } from "../command";
import { cloudOptions } from "../options/cloud-options";

const anyVersion = "group/version, an ARN, a number in the only group, or a group for its newest";

/** `sagewright models`: the registry. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    '\nExamples:\n  $ sagewright models list\n  $ sagewright models approve churn/1 --reason "AUC 0.92, reviewed"\n',
  );
  cloudOptions(command.command("list", { isDefault: true }))
    .description("List model versions, newest first.")
    .argument("[group]", "of this group only")
    .addHelpText("after", "\nExample:\n  $ sagewright models list churn\n")
    .action(act(() => (require("../models/list-models") as typeof import("../models/list-models")).listAll));
  cloudOptions(command.command("show"))
    .description("Show one version: figures, approval, lineage, digest.")
    .argument("<model>", anyVersion)
    .addHelpText("after", "\nExample:\n  $ sagewright models show churn/1\n")
    .action(act(() => (require("../models/show-model") as typeof import("../models/show-model")).showModel));
  cloudOptions(command.command("compare"))
    .description("Compare two versions: figures, a paired test on the same rows, threshold, segments, contract.")
    .argument("<before>", anyVersion)
    .argument("<after>", "as before; a number alone means the same group")
    .addHelpText("after", "\nExample:\n  $ sagewright models compare churn/3 4\n")
    .action(
      act(
        () => (require("../releases/compare-command") as typeof import("../releases/compare-command")).compareCommand,
      ),
    );
  cloudOptions(command.command("lineage"))
    .description("What a version, or what an endpoint serves, was made from: jobs, parameters, code, data.")
    .argument("[model]", anyVersion)
    .option("--endpoint <name>", "start from what this endpoint serves")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sagewright models lineage churn/4\n  $ sagewright models lineage --endpoint churn\n",
    )
    .action(act(() => (require("../models/model-lineage") as typeof import("../models/model-lineage")).lineageCommand));
  cloudOptions(command.command("approve"))
    .description("Approve a version for deployment, if the gate lets it through.")
    .argument("<model>", anyVersion)
    .option("--reason <text>", "recorded with the approval")
    .option("--force", "approve past the gate; needs --reason, and is recorded")
    .option("--by <name>", "who decides (default: the user of this machine)")
    .addHelpText(
      "after",
      "\nThe gate: ROC AUC of at least the minimum (the environment's, else the run's MinimumAuc, else 0.8), and on the same test rows not worse\n" +
        "than the newest approved version by more than the margin (DeLong's paired test, one-sided, 95 %).\n" +
        '\nExamples:\n  $ sagewright models approve churn/2 --reason "AUC 0.92, reviewed"\n' +
        '  $ sagewright models approve churn/2 --force --reason "churn/1 leaks the cancellation date"\n',
    )
    .action(act(() => (require("../models/review-model") as typeof import("../models/review-model")).approveModel));
  cloudOptions(command.command("reject"))
    .description("Reject a version; the reason is recorded.")
    .argument("<model>", anyVersion)
    .option("--reason <text>", "why; required")
    .option("--by <name>", "who decides (default: the user of this machine)")
    .addHelpText("after", '\nExample:\n  $ sagewright models reject churn/1 --reason "weak in the south"\n')
    .action(act(() => (require("../models/review-model") as typeof import("../models/review-model")).rejectModel));
  cloudOptions(command.command("mirror"))
    .description("Bring runs, trials, figures, files and versions to an MLflow server; again sends only what is new.")
    .option("--mlflow <uri>", "the server (default: MLFLOW_TRACKING_URI)")
    .option("--run <id>", "this run only (default: every run that has ended, and every version)")
    .option("--experiment <name>", "experiment to put runs into (default: the pipeline's name)")
    .addHelpText(
      "after",
      "\nCredentials: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.\n" +
        "\nExample:\n  $ sagewright models mirror --mlflow http://127.0.0.1:5000\n",
    )
    .action(
      act(() => (require("../mlflow/mirror-command") as typeof import("../mlflow/mirror-command")).mirrorCommand),
    );
}
