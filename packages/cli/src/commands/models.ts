import {
  approve,
  listModelGroups,
  listModels,
  type ModelVersion,
  modelEvaluation,
  reject,
} from "@sagewright/sagemaker";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { usageError } from "../errors";
import { findModel } from "../models/find-model";
import { withSession } from "../session";
import { metric, table } from "../terminal/format";

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
    .action(act(list));
  command
    .command("show")
    .description("Show one version: figures, approval, lineage, digest.")
    .argument("<model>", "group/version, an ARN, or a group for its newest")
    .action(act(show));
  command
    .command("approve")
    .description("Approve a version for deployment.")
    .argument("<model>", "group/version, an ARN, or a group for its newest")
    .option("--reason <text>", "recorded with the approval")
    .action(act(approveModel));
  command
    .command("reject")
    .description("Reject a version; the reason is recorded.")
    .argument("<model>", "group/version, an ARN, or a group for its newest")
    .option("--reason <text>", "why; required")
    .action(act(rejectModel));
}

async function list(context: CommandContext, only?: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const groups = only === undefined ? await listModelGroups(clients) : [only];
    const models = (await Promise.all(groups.map((group) => listModels(clients, { group })))).flat();
    context.output.document({ models });
    if (models.length === 0) context.output.line("Nothing is registered here yet. Next: sagewright run churn");
    else for (const line of table([["MODEL", "APPROVAL", "REGISTERED"], ...models.map(row)])) context.output.line(line);
  });
}

function row({ group, version, approval, createdAt }: ModelVersion): string[] {
  return [`${group}/${version}`, approval, createdAt?.toLocaleString() ?? ""];
}

async function show(context: CommandContext, word: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const model = await findModel(clients, word, { pending: true });
    const evaluation = (await modelEvaluation(clients, model)) as
      | { metrics?: Record<string, number>; threshold?: { value: number; method: string } }
      | undefined;
    const { output } = context;
    output.document({ ...model, evaluation });
    output.line(
      `${pc.bold(`${model.group}/${model.version}`)}  ${model.approval}${model.approvalReason === undefined ? "" : `  ${model.approvalReason}`}`,
    );
    output.line(`${pc.dim("arn".padEnd(10))} ${model.arn}`);
    output.line(`${pc.dim("artefact".padEnd(10))} ${model.modelDataUrl}`);
    output.line(`${pc.dim("digest".padEnd(10))} ${model.manifestSha256 ?? "none recorded"}`);
    for (const [name, value] of Object.entries(evaluation?.metrics ?? {}))
      output.line(`  ${name.padEnd(20)} ${metric(value)}`);
    if (evaluation?.threshold !== undefined)
      output.line(`  ${"threshold".padEnd(20)} ${metric(evaluation.threshold.value)} (${evaluation.threshold.method})`);
  });
}

async function approveModel(context: CommandContext<{ reason?: string }>, word: string): Promise<undefined> {
  await withSession(context, async ({ clients }) => {
    const model = await findModel(clients, word, { pending: true });
    await approve(clients, {
      arn: model.arn,
      ...(context.options.reason === undefined ? {} : { reason: context.options.reason }),
    });
    context.output.document({ approved: model.arn });
    context.output.line(`${pc.green("✓")} ${model.group}/${model.version} is approved`);
    context.output.line(`${pc.dim("Next:")} sagewright deploy ${model.group}/${model.version}`);
  });
}

async function rejectModel(context: CommandContext<{ reason?: string }>, word: string): Promise<undefined> {
  const { reason } = context.options;
  if (reason === undefined || reason.trim() === "")
    throw usageError(
      "--reason: a rejection needs its reason",
      `sagewright models reject ${word} --reason "segment south is 0.71"`,
    );
  await withSession(context, async ({ clients }) => {
    const model = await findModel(clients, word, { pending: true });
    await reject(clients, { arn: model.arn, reason });
    context.output.document({ rejected: model.arn, reason });
    context.output.line(`${pc.yellow("▪")} ${model.group}/${model.version} is rejected: ${reason}`);
  });
}
