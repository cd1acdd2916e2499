import { approve, reject } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { withSession } from "../session";
import { findModel } from "./find-model";

/** `sagewright models approve`. */
export async function approveModel(context: CommandContext<{ reason?: string }>, word: string): Promise<undefined> {
  const { reason } = context.options;
  await withSession(
    context,
    async ({ clients }) => {
      const model = await findModel(clients, word, { pending: true });
      await approve(clients, { arn: model.arn, ...(reason === undefined ? {} : { reason }) });
      context.output.document({ approved: model.arn });
      context.output.line(`${pc.green("✓")} ${model.group}/${model.version} is approved`);
      context.output.line(`${pc.dim("Next:")} sagewright deploy ${model.group}/${model.version}`);
    },
    { reading: true },
  );
}

/** `sagewright models reject`: never without a reason. */
export async function rejectModel(context: CommandContext<{ reason?: string }>, word: string): Promise<undefined> {
  const { reason } = context.options;
  if (reason === undefined || reason.trim() === "")
    throw usageError(
      "--reason: a rejection needs its reason",
      `sagewright models reject ${word} --reason "weak in the south"`,
    );
  await withSession(
    context,
    async ({ clients }) => {
      const model = await findModel(clients, word, { pending: true });
      await reject(clients, { arn: model.arn, reason });
      context.output.document({ rejected: model.arn, reason });
      context.output.line(`${pc.yellow("▪")} ${model.group}/${model.version} is rejected: ${reason}`);
    },
    { reading: true },
  );
}
