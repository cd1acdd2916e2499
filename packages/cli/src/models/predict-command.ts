import { parseRow } from "@sagewright/contract";
import type { Explanation } from "@sagewright/predictor";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { wholeNumber } from "../options/whole-number";
import { type ScoreOptions, scoreCommand } from "../scoring/command";
import { withSession } from "../session";
import { metric, percent } from "../terminal/format";
import { findModel } from "./find-model";
import { type OpenModel, openModel } from "./open-model";

interface PredictOptions extends ScoreOptions {
  row?: string;
  drivers: string;
}

/** `sagewright predict`: one customer, or a file of them. */
export async function predictCommand(context: CommandContext<PredictOptions>, word: string): Promise<undefined> {
  const { row, file } = context.options;
  const most = wholeNumber("--drivers", context.options.drivers, { minimum: 0 });
  if ((row === undefined) === (file === undefined)) {
    throw usageError(
      "give one customer with --row or a file with --file",
      `sagewright predict ${word} --file customers.csv --out scored.csv`,
    );
  }
  if (row === undefined) return scoreCommand(context, word);
  await withSession(
    context,
    async ({ clients }) => {
      const model = await openModel(clients, (await findModel(clients, word)).arn);
      predictRow(context, model, row, most);
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
