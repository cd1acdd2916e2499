import { type CanonicalRow, type Contract, parseRow, RowInvalidError } from "@sagewright/contract";
import { type Explanation, type NumericColumn, scorableRanges } from "@sagewright/predictor";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { wholeNumber } from "../options/whole-number";
import { type ScoreOptions, scoreCommand } from "../scoring/command";
import { tooLargeProblem } from "../scoring/kept-rows";
import { withSession } from "../session";
import { metric, percent } from "../terminal/format";
import type { Output } from "../terminal/output";
import { policyOf } from "./decision-policy";
import { findModel } from "./find-model";
import { type OpenModel, openModel, openValueModel } from "./open-model";

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
      const beside = context.options.lifetimeValue;
      const valued = beside === undefined ? undefined : await openValueModel(clients, beside);
      const policy = valued === undefined ? undefined : policyOf(context.cwd, model.details.group);
      predictRow(context.output, model, { text: row, most, valued, policy });
    },
    { reading: true },
  );
}

/** What `predict --row` was asked. */
interface RowRequest {
  text: string;
  /** Most drivers to show. */
  most: number;
  /** What says what the customer is worth. */
  valued: OpenModel | undefined;
  policy: unknown;
}

function predictRow(output: Output, model: OpenModel, { text, most, valued, policy }: RowRequest): void {
  const { predictor, contract } = model;
  const { own, worth } = customerOf(model, valued, parseJson(text));
  const explanation = predictor.explainRow(own);
  const drivers = explanation.drivers.slice(0, most);
  const decision = contract.target.kind === "binary" ? { threshold: predictor.threshold ?? 0.5 } : undefined;
  const positive = decision && { positive: explanation.value >= decision.threshold };
  const value = worth && valued?.predictor.predictRow(worth);
  const tiers = valued && tiersOf(explanation.value, value, { model, valued, policy });
  output.document({
    prediction: explanation.value,
    ...decision,
    ...positive,
    ...tiers,
    base: explanation.base,
    drivers,
    model: model.details.arn,
  });
  for (const line of explained(explanation, drivers, model)) output.line(line);
  if (tiers === undefined) return;
  const { riskTier, recommendation, lifetimeValue } = tiers;
  const { unit = "" } = lifetimeValue ?? {};
  const words = lifetimeValue === null ? "not known" : `${metric(lifetimeValue.value)} ${unit}`.trimEnd();
  output.line(`  ${pc.bold(riskTier)}: ${recommendation}`);
  output.line(`  lifetime value ${words}${lifetimeValue === null ? "" : ` (${lifetimeValue.tier})`}`);
}

/** A checked row, and what the lifetime-value model is asked where the row says enough. */
function customerOf({ contract }: OpenModel, valued: OpenModel | undefined, row: unknown) {
  if (valued === undefined) return { own: checkedRow(contract, row) };
  const { compileCustomer } = serving();
  const form = compileCustomer(contract, valued.contract);
  const check = form.json(row);
  if (!check.ok) throw new RowInvalidError(check.problems);
  const { values: own, valued: worth } = check;
  refuseTooLarge(form.contract, { ...worth, ...own });
  return { own, worth };
}

function checkedRow(contract: Contract, row: unknown): CanonicalRow {
  const values = parseRow(contract, row);
  refuseTooLarge(contract, values);
  return values;
}

/** As the API does, before any model is asked. */
function refuseTooLarge({ columns }: Contract, row: CanonicalRow): void {
  const found = scorableRanges(columns as readonly NumericColumn[]).flatMap((range) =>
    tooLargeProblem(range, row[range.name]),
  );
  if (found.length === 0) return;
  throw Object.assign(new Error(found.map(({ message }) => message).join(" ")), {
    code: "row_invalid",
    problems: found,
  });
}

/** Risk tier and lifetime value, as the API says them. */
function tiersOf(
  probability: number,
  value: number | undefined,
  { model, valued, policy: written }: { model: OpenModel; valued: OpenModel; policy: unknown },
) {
  const { decide, definePolicy, usualPolicy, valueTierOf } = serving();
  const policy = written === undefined ? usualPolicy : definePolicy(written);
  const threshold = model.predictor.threshold ?? 0.5;
  const { tier, confidence } = decide(policy, { probability, threshold, lifetimeValue: value });
  const { unit } = policy.lifetimeValue;
  const { version } = valued.details;
  const about = { ...(unit === undefined ? {} : { unit }), modelVersion: String(version) };
  const lifetimeValue = value === undefined ? null : { value, tier: valueTierOf(policy, value).tier, ...about };
  return { riskTier: tier.tier, recommendation: tier.recommendation, confidence, lifetimeValue };
}

function serving() {
  return require("@sagewright/serving") as typeof import("@sagewright/serving");
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
