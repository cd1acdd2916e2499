import { decisionRecord, modelEvaluation } from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { metric, moment } from "../terminal/format";
import { findModel } from "./find-model";

/** `sagewright models show`: figures, approval, lineage, digest of one version. */
export async function showModel(context: CommandContext<CloudOptions>, word: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const model = await findModel(clients, word, { pending: true });
      const evaluation = (await modelEvaluation(clients, model)) as
        | { metrics?: Record<string, number>; threshold?: { value: number; method: string } }
        | undefined;
      const { output } = context;
      const name = `${model.group}/${model.version}`;
      output.document({ ...model, decision: decisionRecord(model) ?? null, evaluation });
      output.line(
        `${pc.bold(name)}  ${model.approval}${model.approvalReason === undefined ? "" : `  ${model.approvalReason}`}`,
      );
      const decided = decisionRecord(model);
      if (decided !== undefined)
        output.line(
          `${pc.dim("decided".padEnd(10))} by ${decided.by}, ${moment(new Date(decided.at))}${decided.gate === undefined ? "" : `; gate ${decided.gate}`}`,
        );
      output.line(`${pc.dim("arn".padEnd(10))} ${model.arn}`);
      output.line(`${pc.dim("artefact".padEnd(10))} ${model.modelDataUrl}`);
      output.line(`${pc.dim("digest".padEnd(10))} ${model.manifestSha256 ?? "none recorded"}`);
      for (const [metricName, value] of Object.entries(evaluation?.metrics ?? {}))
        output.line(`  ${metricName.padEnd(20)} ${metric(value)}`);
      if (evaluation?.threshold !== undefined)
        output.line(
          `  ${"threshold".padEnd(20)} ${metric(evaluation.threshold.value)} (${evaluation.threshold.method})`,
        );
      if (model.approval === "PendingManualApproval")
        output.line(`${pc.dim("Next:")} sagewright models approve ${name}`);
    },
    { reading: true },
  );
}
