import { type CanonicalRow, type Column, type Contract, readContract } from "@sagewright/contract";
import {
  loadPredictor,
  type NumericColumn,
  type Predictor,
  PredictorInputError,
  scorableRanges,
} from "@sagewright/predictor";
import { type KeptRows, modelProblem, tooLargeProblem } from "./kept-rows";
import type { ValuePlan } from "./plan";
import type { RowDefect } from "./refusal";
import type { MoreCells } from "./writer";

/** What a row says: texts of a table, by their columns, or an object of JSON. */
export type SaidRow =
  | { readonly text: (column: Column) => string }
  | { readonly object: Readonly<Record<string, unknown>> };

/** The lifetime value of a row, undefined where the row says nothing of it, or what is wrong with it. */
export type ValuedRow = { readonly value: number | undefined } | { readonly problems: readonly RowDefect[] };

/** Values customers and chooses their tiers, as the API does. */
export interface Valuation {
  value(row: SaidRow): ValuedRow;
  /** Risk tier, recommendation, confidence, lifetime value and its tier. */
  cells(probability: number, value: number | undefined): MoreCells;
  /** Whether a column is one that a customer may have. */
  knows(name: string): boolean;
}

/** Opens what values customers: the contracts of both models together, the second model, and the policy. */
export async function openValuation(
  own: Contract,
  { threshold = 0.5 }: Predictor,
  plan: ValuePlan,
): Promise<Valuation> {
  // Only a thread that values customers pays for loading the API's rules.
  const { compileCustomer, decide, definePolicy, usualPolicy, valueTierOf } = await import("@sagewright/serving");
  const contract = readContract(JSON.stringify(plan.contract));
  const form = compileCustomer(own, contract);
  const predictor = loadPredictor(plan.predictor);
  const policy = plan.policy === undefined ? usualPolicy : definePolicy(plan.policy);
  const ranges = scorableRanges(contract.columns as readonly NumericColumn[]);
  const { columns } = form.contract;
  const known = new Set(columns.map(({ name }) => name));
  const passed = new Set([...known, ...form.contract.id, ...form.contract.ignore]);

  const check = (row: SaidRow) => {
    if ("text" in row) return form.fields(columns.map((column) => row.text(column as Column)));
    return form.json(Object.fromEntries(Object.entries(row.object).filter(([name]) => known.has(name))));
  };
  const scored = (row: CanonicalRow): ValuedRow => {
    const problems = ranges.flatMap((range) => tooLargeProblem(range, row[range.name]));
    if (problems.length > 0) return { problems };
    try {
      return { value: predictor.predictRow(row) };
    } catch (error) {
      if (error instanceof PredictorInputError) return { problems: [modelProblem(error)] };
      throw error;
    }
  };
  return {
    value(row) {
      const checked = check(row);
      if (!checked.ok) return { problems: checked.problems };
      return checked.valued === undefined ? { value: undefined } : scored(checked.valued);
    },
    cells(probability, lifetimeValue) {
      const { tier, confidence } = decide(policy, { probability, threshold, lifetimeValue });
      const valueTier = lifetimeValue === undefined ? null : valueTierOf(policy, lifetimeValue).tier;
      return [tier.tier, tier.recommendation, confidence, lifetimeValue ?? null, valueTier];
    },
    knows: (name) => passed.has(name),
  };
}

/** Values every row that is left; one whose value cannot be known is refused. */
export function valueRows(kept: KeptRows, value: (row: number) => ValuedRow): (number | undefined)[] {
  const values: (number | undefined)[] = [];
  for (let row = kept.rows - 1; row >= 0; row -= 1) {
    const valued = value(row);
    if ("problems" in valued) kept.refuse(row, valued.problems);
    else values.push(valued.value);
  }
  return values.reverse();
}
