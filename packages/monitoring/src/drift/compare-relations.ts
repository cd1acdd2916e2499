import type { Baseline } from "../baseline/baseline";
import { rankScores } from "../summary/relations";
import type { Summary } from "../summary/summary";
import { type DriftRules, testShares } from "./options";
import type { RelationChange, RelationDrift } from "./report";
import { counted, figure } from "./words";

/**
 * Compares how features go together, by correlations of their ranks in the training data. Ranks are bounded, so that
 * Bernstein's inequality gives a p-value that holds for few rows and rare values, where the normal approximation does not.
 */
export function compareRelations(baseline: Baseline, summary: Summary, rules: DriftRules): RelationDrift {
  const known = baseline.relations;
  if (known === undefined) {
    const sentence = "Relations of features: the baseline holds none; train again to have them watched.";
    return { verdict: "not_available", pairs: 0, changes: [], sentence };
  }
  if (summary.rows < rules.minimumRows || known.rows < rules.minimumRows) {
    const verdict = summary.rows === 0 ? "no_data" : "too_few_rows";
    const sentence = `Relations of features: ${counted(summary.rows, "row")}, too few to tell drift from chance.`;
    return { verdict, pairs: 0, changes: [], sentence };
  }
  const changes: RelationChange[] = [];
  let tested = 0;
  const effective = 1 / (1 / summary.rows + 1 / known.rows);
  const count = known.correlations.filter((value) => value !== null).length;
  for (const { features, before, now, variance, bound } of pairs(baseline, summary)) {
    tested += 1;
    const difference = Math.abs(now - before);
    if (difference < rules.minimumCorrelationChange) continue;
    const exponent = (effective * difference ** 2) / (2 * (variance + (bound * difference) / 3));
    const pValue = Math.min(1, (2 * Math.exp(-exponent) * count) / testShares.relations);
    if (pValue <= rules.significance) changes.push({ features, baseline: before, window: now, pValue });
  }
  changes.sort((a, b) => Math.abs(b.window - b.baseline) - Math.abs(a.window - a.baseline));
  const verdict = changes.length > 0 ? "drift" : "no_drift";
  return { verdict, pairs: tested, changes, sentence: sentenceOf(changes, tested) };
}

interface Pair {
  readonly features: readonly [string, string];
  readonly before: number;
  readonly now: number;
  readonly variance: number;
  readonly bound: number;
}

function* pairs(baseline: Baseline, { columns, relations, rows }: Summary): Generator<Pair> {
  const known = baseline.relations;
  if (known === undefined) return;
  const scores = rankScores(baseline);
  const spreads = scores.columns.map((column, at) => {
    const table = scores.tables[at] ?? new Float64Array();
    const bins = columns[column]?.bins ?? new Float64Array();
    let [sum, squares] = [0, 0];
    table.forEach((score, bin) => {
      sum += score * (bins[bin] ?? 0);
      squares += score * score * (bins[bin] ?? 0);
    });
    const mean = sum / rows;
    const std = Math.sqrt(Math.max(0, squares / rows - mean ** 2));
    return { mean, std, reach: Math.max(...table.map(Math.abs)) };
  });
  let at = -1;
  for (let one = 0; one < known.columns.length; one += 1) {
    for (let other = one + 1; other < known.columns.length; other += 1) {
      at += 1;
      const [before, variance] = [known.correlations[at], known.variances[at]];
      const [first, second] = [spreads[one], spreads[other]];
      if (before === null || before === undefined || variance === null || variance === undefined) continue;
      if (first === undefined || second === undefined || first.std === 0 || second.std === 0) continue;
      const now = ((relations[at] ?? 0) / rows - first.mean * second.mean) / (first.std * second.std);
      const bound = (first.reach * second.reach) / (first.std * second.std);
      const features = [known.columns[one] ?? "", known.columns[other] ?? ""] as const;
      yield { features, before, now, variance, bound };
    }
  }
}

function sentenceOf(changes: readonly RelationChange[], tested: number): string {
  const [worst] = changes;
  if (worst === undefined)
    return `Relations of features: none of ${counted(tested, "pair")} changed by more than chance explains.`;
  const [one, other] = worst.features;
  const more = changes.length === 1 ? "" : ` (and ${counted(changes.length - 1, "more pair")})`;
  return `${one} and ${other} no longer go together as they did: their rank correlation went from ${figure(worst.baseline)} to ${figure(worst.window)}${more}.`;
}
