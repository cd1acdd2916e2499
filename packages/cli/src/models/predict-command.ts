import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseRow } from "@sagewright/contract";
import type { Explanation } from "@sagewright/predictor";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { wholeNumber } from "../options/whole-number";
import { withSession } from "../session";
import { metric, percent, plural } from "../terminal/format";
import { findModel } from "./find-model";
import { type OpenModel, openModel } from "./open-model";
import { scoreFile } from "./score-file";

interface PredictOptions {
  row?: string;
  file?: string;
  out?: string;
  drivers: string;
}

/** `sagewright predict`: one customer, or a file of them. */
export async function predictCommand(context: CommandContext<PredictOptions>, word: string): Promise<undefined> {
  const { row, file, out } = context.options;
  const most = wholeNumber("--drivers", context.options.drivers, { minimum: 0 });
  if ((row === undefined) === (file === undefined)) {
    throw usageError(
      "give one customer with --row or a file with --file",
      `sagewright predict ${word} --file customers.csv --out scored.csv`,
    );
  }
  if (file !== undefined && out === undefined)
    throw usageError("--file needs --out", `sagewright predict ${word} --file ${file} --out scored.csv`);
  await withSession(
    context,
    async ({ clients }) => {
      const model = await openModel(clients, (await findModel(clients, word)).arn);
      if (row !== undefined) predictRow(context, model, row, most);
      else await predictFile(context, model, file ?? "", out ?? "");
    },
    { reading: true },
  );
}

function predictRow({ output }: CommandContext<PredictOptions>, model: OpenModel, text: string, most: number): void {
  const { predictor, contract } = model;
  const explanation = predictor.explainRow(parseRow(contract, parseJson(text)));
  const drivers = explanation.drivers.slice(0, most);
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
      const size = Math.abs(contribution);
      const amount = `${contribution >= 0 ? "+" : "−"}${binary ? `${(size * 100).toFixed(1)} points` : metric(size)}`;
      return `  ${amount.padStart(13)}  ${feature} = ${received ?? "not known"}${unit === undefined ? "" : ` ${unit}`}`;
    }),
    pc.dim(`  ${show(base).padStart(13)}  without knowing the customer`),
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
      fix: "name an existing CSV file with --file",
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
