import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseRow } from "@sagewright/contract";
import type { Explanation } from "@sagewright/predictor";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { findModel } from "../models/find-model";
import { type OpenModel, openModel } from "../models/open-model";
import { scoreFile } from "../models/score-file";
import { withSession } from "../session";
import { metric, percent, plural } from "../terminal/format";

interface PredictOptions {
  row?: string;
  file?: string;
  out?: string;
  drivers: string;
}

/** `sagewright predict`: one customer with what moved the prediction, or a file of customers. */
export function define(command: Command, act: Act): void {
  command
    .argument("<model>", "group/version, an ARN, or a group for its newest approved version")
    .option("--row <json>", "one customer as a JSON object")
    .option("--file <customers.csv>", "many customers")
    .option("--out <scored.csv>", "with --file: where the scores go")
    .option("--drivers <n>", "with --row: how many columns to explain it by", "5")
    .addHelpText(
      "after",
      '\nExamples:\n  $ sagewright predict churn --file customers.csv --out scored.csv\n  $ sagewright predict churn/1 --row \'{"state":"OH", ...}\' --json\n',
    )
    .action(act(predict));
}

async function predict(context: CommandContext<PredictOptions>, word: string): Promise<undefined> {
  const { row, file, out } = context.options;
  if ((row === undefined) === (file === undefined)) {
    throw usageError(
      "give one customer with --row or a file with --file",
      "sagewright predict churn --file customers.csv --out scored.csv",
    );
  }
  if (file !== undefined && out === undefined)
    throw usageError("--file needs --out", `sagewright predict ${word} --file ${file} --out scored.csv`);
  await withSession(context, async ({ clients }) => {
    const model = await openModel(clients, (await findModel(clients, word)).arn);
    if (row !== undefined) predictRow(context, model, row);
    else await predictFile(context, model, file ?? "", out ?? "");
  });
}

function predictRow({ output, options }: CommandContext<PredictOptions>, model: OpenModel, text: string): void {
  const { predictor, contract } = model;
  const explanation = predictor.explainRow(parseRow(contract, parseJson(text)));
  const drivers = explanation.drivers.slice(0, Number(options.drivers));
  const decision = contract.target.kind === "binary" ? { threshold: predictor.threshold ?? 0.5 } : undefined;
  const positive = decision && { positive: explanation.value >= decision.threshold };
  output.document({
    prediction: explanation.value,
    ...decision,
    ...positive,
    base: explanation.base,
    drivers,
    model: model.details.arn,
  });
  for (const line of explained(explanation, drivers, model)) output.line(line);
}

function explained(
  { value, base }: Explanation,
  drivers: Explanation["drivers"],
  { contract, predictor, details }: OpenModel,
): string[] {
  const binary = contract.target.kind === "binary";
  const show = (number: number) => (binary ? percent(number) : metric(number));
  const threshold = predictor.threshold ?? 0.5;
  const side = binary ? `, ${value >= threshold ? "at or above" : "below"} the threshold ${show(threshold)}` : "";
  return [
    `${pc.bold(show(value))} ${contract.target.column}${side}  ${pc.dim(`${details.group}/${details.version}`)}`,
    ...drivers.map(({ feature, value: received, unit, contribution }) => {
      const amount = `${contribution >= 0 ? "+" : "−"}${show(Math.abs(contribution))}`;
      return `  ${amount.padStart(9)}  ${feature} = ${received ?? "not known"}${unit === undefined ? "" : ` ${unit}`}`;
    }),
    pc.dim(`  ${show(base).padStart(9)}  without knowing the customer`),
  ];
}

async function predictFile(
  { output, cwd }: CommandContext<PredictOptions>,
  model: OpenModel,
  named: string,
  out: string,
): Promise<void> {
  const file = resolve(cwd, named);
  if (!existsSync(file))
    throw new CliError({
      code: "data_not_found",
      subject: named,
      message: "there is no such file",
      at: file,
      exitCode: exitCodes.usage,
    });
  const done = await scoreFile(model, file, resolve(cwd, out));
  output.document({ ...done, out, model: model.details.arn });
  output.line(`${pc.green("✓")} ${plural(done.scored, "row")} scored into ${out}`);
  if (done.quarantine !== null)
    output.line(`${pc.yellow("!")} ${plural(done.quarantined, "row")} refused, with reasons: ${done.quarantine}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError({
      code: "row_not_json",
      subject: "--row",
      message: `this is not JSON: ${(cause as Error).message}`,
      fix: 'quote it for your shell: --row \'{"state": "OH"}\'',
      exitCode: exitCodes.usage,
      cause,
    });
  }
}
