import {
  type Clients,
  compareModels,
  type FigureDifference,
  listModelGroups,
  type ModelDetails,
  modelEvaluation,
  verifyArtefact,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { findModel } from "../models/find-model";
import { withSession } from "../session";
import { metric, table } from "../terminal/format";

/** `sagewright models compare`: figures, threshold, segments and contract of two versions. */
export async function compareCommand(context: CommandContext, first: string, second: string): Promise<undefined> {
  await withSession(
    context,
    async ({ clients }) => {
      const { output } = context;
      const before = await findModel(clients, await withGroup(clients, first), { pending: true });
      const after = await findModel(clients, await withGroup(clients, second, before.group), { pending: true });
      const compared = compareModels(await known(clients, before), await known(clients, after));
      const [left, right] = [nameOf(before), nameOf(after)];
      output.document({ before: left, after: right, ...compared });
      const rows = [...compared.metrics, compared.threshold, ...compared.segments].map(figureRow);
      for (const line of table([["", left, right, "DIFFERENCE"], ...rows], { right: [1, 2, 3] })) output.line(line);
      if (!compared.sameTestSize)
        output.line(
          `${pc.yellow("!")} they were tested on different numbers of rows, so a difference may be the data's`,
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

/** A number alone is a version of the group at hand, or of the only group there is. */
async function withGroup(clients: Clients, word: string, group?: string): Promise<string> {
  if (!/^\d+$/.test(word)) return word;
  const [only, ...more] = group === undefined ? await listModelGroups(clients) : [group];
  if (only !== undefined && more.length === 0) return `${only}/${word}`;
  throw usageError(`'${word}' does not say of which group`, `write ${only ?? "GROUP"}/${word}`);
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
