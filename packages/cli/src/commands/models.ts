import type { Command } from "commander";
import type { Act } from "../command";

const anyVersion = "group/version, an ARN, or a group for its newest";

/** `sagewright models`: the registry. */
export function define(command: Command, act: Act): void {
  command.addHelpText(
    "after",
    '\nExamples:\n  $ sagewright models list\n  $ sagewright models approve churn/1 --reason "AUC 0.92, reviewed"\n',
  );
  command
    .command("list")
    .description("List model versions, newest first.")
    .argument("[group]", "of this group only")
    .addHelpText("after", "\nExample:\n  $ sagewright models list churn\n")
    .action(act(() => (require("../models/list-models") as typeof import("../models/list-models")).listAll));
  command
    .command("show")
    .description("Show one version: figures, approval, lineage, digest.")
    .argument("<model>", anyVersion)
    .addHelpText("after", "\nExample:\n  $ sagewright models show churn/1\n")
    .action(act(() => (require("../models/show-model") as typeof import("../models/show-model")).showModel));
  command
    .command("compare")
    .description("Compare two versions: figures, threshold, segments, contract.")
    .argument("<before>", anyVersion)
    .argument("<after>", "as before; a number alone means the same group")
    .addHelpText("after", "\nExample:\n  $ sagewright models compare churn/3 4\n")
    .action(
      act(
        () => (require("../releases/compare-command") as typeof import("../releases/compare-command")).compareCommand,
      ),
    );
  command
    .command("approve")
    .description("Approve a version for deployment.")
    .argument("<model>", anyVersion)
    .option("--reason <text>", "recorded with the approval")
    .addHelpText("after", '\nExample:\n  $ sagewright models approve churn/1 --reason "AUC 0.92, reviewed"\n')
    .action(act(() => (require("../models/review-model") as typeof import("../models/review-model")).approveModel));
  command
    .command("reject")
    .description("Reject a version; the reason is recorded.")
    .argument("<model>", anyVersion)
    .option("--reason <text>", "why; required")
    .addHelpText("after", '\nExample:\n  $ sagewright models reject churn/1 --reason "weak in the south"\n')
    .action(act(() => (require("../models/review-model") as typeof import("../models/review-model")).rejectModel));
}
