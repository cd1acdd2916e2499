import {
  type Clients,
  compareModels,
  comparePair,
  type FigureDifference,
  type ModelDetails,
  modelEvaluation,
  verifyArtefact,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { findModel } from "../models/find-model";
import { pairLine } from "../models/promotion";
import { rescore } from "../models/rescore";
import type { CloudOptions } from "../options/cloud-options";
import { withSession } from "../session";
import { metric, table } from "../terminal/format";

/** `sagewright models compare`: figures, threshold, segments and contract of two versions. */
export async function compareCommand(
  context: CommandContext<CloudOptions>,
  first: string,
  second: string,
): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const before = await findModel(clients, first, { pending: true });
      const after = await findModel(clients, second, { pending: true, group: before.group });
      const compared = compareModels(await known(clients, before), await known(clients, after));
      const [left, right] = [nameOf(before), nameOf(after)];
      const paired = await comparePair(clients, before, after, rescore);
      output.document({ before: left, after: right, ...compared, paired });
      const rows = [...compared.metrics, compared.threshold, ...compared.segments].map(figureRow);
      for (const line of table([["", left, right, "DIFFERENCE"], ...rows], { right: [1, 2, 3] })) output.line(line);
      output.line(
        "problem" in paired ? `${pc.yellow("!")} not paired: ${paired.problem}` : pairLine(left, right, paired),
      );
      if (!compared.sameTestSize)
        output.line(
          `${pc.yellow("!")} the table's figures are of different numbers of test rows, so a difference in it may be the data's`,
        );
      for (const { path, before: old, after: now } of compared.contract ?? [])
        output.line(`${pc.yellow("~")} contract ${path}: ${JSON.stringify(old)} → ${JSON.stringify(now)}`);
      if (compared.contract === undefined)
        output.line("the contracts cannot be compared: a model has none in its archive");
      else if (compared.contract.length === 0) output.line("the contracts are the same");
    },
    { reading: true },
  );
}

/** What was recorded about a version. Its archive is checked before its contract is believed. */
async function known(clients: Clients, model: ModelDetails): Promise<{ evaluation?: unknown; contract?: unknown }> {
  const evaluation = await modelEvaluation(clients, model);
  const { files } = await verifyArtefact(clients, model.arn);
  const contract = files.get("contract.json");
  return {
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(contract === undefined ? {} : { contract: JSON.parse(Buffer.from(contract).toString("utf8")) as unknown }),
  };
}

function nameOf({ group, version }: ModelDetails): string {
  return `${group}/${version}`;
}

function figureRow({ name, before, after, difference }: FigureDifference): string[] {
  const shown = (value: number | undefined) => (value === undefined ? "" : metric(value));
  const sign = difference !== undefined && difference > 0 ? "+" : "";
  return [name, shown(before), shown(after), difference === undefined ? "" : sign + metric(difference)];
}
