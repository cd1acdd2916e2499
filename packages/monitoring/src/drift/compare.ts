import type { Contract } from "@sagewright/contract";
import type { Baseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import { spanInWords } from "../moments";
import type { Summary } from "../summary/summary";
import type { ModelShare } from "../window";
import { compareFeature, pairOf } from "./compare-feature";
import { compareQuality } from "./compare-quality";
import { compareRelations } from "./compare-relations";
import { compareSegments } from "./compare-segments";
import { type DriftOptions, type DriftRules, defaultDriftRules, testShares } from "./options";
import { bySize } from "./order";
import type { DriftReport, DriftVerdict, FeatureDrift } from "./report";
import { counted, listed } from "./words";

/** What is compared. */
export interface Comparison {
  readonly baseline: Baseline;
  readonly contract: Contract;
  /** The window's predictions; see `mergeSummaries`. */
  readonly summary: Summary;
}

/**
 * Compares a window of predictions with the data and scores of the model's making.
 *
 * @throws {@link MonitoringError} `baseline_differs` when the summary was made with another baseline, `rules_invalid`.
 */
export function compareWithBaseline(
  { baseline, contract, summary }: Comparison,
  options: DriftOptions = {},
): DriftReport {
  const rules = rulesOf(options);
  refuseOther(baseline, summary);
  const tests = (baseline.columns.length + 1) / testShares.features;
  const features = baseline.columns
    .flatMap((column, index) => {
      const counts = summary.columns[index];
      const spec = contract.columns.find(({ name }) => name === column.name);
      const unit = spec !== undefined && "unit" in spec ? spec.unit : undefined;
      return counts === undefined ? [] : [compareFeature(pairOf(column, counts, unit), rules, tests)];
    })
    .sort(bySize);
  const score = compareScore(baseline, summary, rules, tests);
  const quality = compareQuality(baseline, summary, rules);
  const relations = compareRelations(baseline, summary, rules);
  const segments = compareSegments(baseline, summary, rules);
  const { rows, window, left } = summary;
  const parts = { features, ...(score === undefined ? {} : { score }), quality, relations, segments };
  const verdict = verdictOf(parts, rows, rules);
  return {
    format: 1,
    kind: "drift",
    window,
    rows,
    contract: baseline.contract,
    baseline: { sha256: baseline.sha256, rows: baseline.rows },
    models: modelShares(summary),
    significance: rules.significance,
    verdict,
    sentence: sentenceOf(parts, verdict, summary, baseline, rules),
    ...parts,
    left: { duplicates: left.duplicates, late: left.late, refused: Object.fromEntries(left.refused) },
  };
}

/** The models that answered in a window, the busiest first. */
export function modelShares({ models }: Summary): ModelShare[] {
  return [...models].map(([modelVersion, share]) => ({ modelVersion, ...share })).sort((a, b) => b.rows - a.rows);
}

type Parts = Pick<DriftReport, "features" | "score" | "quality" | "relations" | "segments">;

function compareScore(
  baseline: Baseline,
  { score }: Summary,
  rules: DriftRules,
  tests: number,
): FeatureDrift | undefined {
  if (baseline.score.counts.length === 0) return undefined;
  const column = { ...baseline.score, type: "score", name: "score" } as const;
  const pair = { column, baseline: [0, ...baseline.score.counts, 0], window: [...score.bins], summary: score };
  return compareFeature(pair, rules, tests);
}

function verdictOf({ features, score, relations, segments }: Parts, rows: number, rules: DriftRules): DriftVerdict {
  if (rows === 0) return "no_data";
  if (rows < rules.minimumRows) return "too_few_rows";
  const verdicts = [...features, ...(score === undefined ? [] : [score]), relations, ...segments];
  if (verdicts.some(({ verdict }) => verdict === "drift")) return "drift";
  return features.some(({ verdict }) => verdict === "no_drift") ? "no_drift" : "too_few_rows";
}

function sentenceOf(
  parts: Parts,
  verdict: DriftVerdict,
  { rows, window }: Summary,
  baseline: Baseline,
  { minimumRows }: DriftRules,
): string {
  const span = spanInWords(window);
  const remark = parts.quality.length === 0 ? "" : ` Data quality: ${counted(parts.quality.length, "finding")}.`;
  const seen = counted(rows, "prediction");
  switch (verdict) {
    case "no_data":
      return `No predictions from ${span}: nothing can be said about drift.`;
    case "too_few_rows":
      return `${seen} from ${span}, ${lackOf(rows, baseline.rows, minimumRows)} to tell drift from chance.${remark}`;
    case "no_drift": {
      const tested = parts.features.filter((feature) => feature.verdict === "no_drift").length;
      const untested = parts.features.length - tested;
      const missing = untested === 0 ? "" : ` ${counted(untested, "feature")} could not be tested.`;
      return `No drift in ${counted(tested, "feature")} over ${seen} from ${span}.${missing}${remark}`;
    }
    default:
      return `Drift in ${listed(driftedParts(parts))} over ${seen} from ${span}. ${worstOf(parts)}${remark}`;
  }
}

/** What there is too little of: the window's rows, the training data's, or values of every feature. */
function lackOf(rows: number, trained: number, minimum: number): string {
  if (rows < minimum) return "too few";
  return trained < minimum
    ? `but the ${counted(trained, "row")} of training are too few`
    : "but no feature has enough values";
}

function driftedParts({ features, score, relations, segments }: Parts): string[] {
  const drifted = features.filter((feature) => feature.verdict === "drift");
  const within = segments.filter((segment) => segment.verdict === "drift").length;
  return [
    ...(drifted.length === 0 ? [] : [`${drifted.length} of ${counted(features.length, "feature")}`]),
    ...(score?.verdict === "drift" ? ["the scores"] : []),
    ...(relations.verdict === "drift" ? [counted(relations.changes.length, "relation")] : []),
    ...(within === 0 ? [] : [counted(within, "segment")]),
  ];
}

function worstOf({ features, score, relations, segments }: Parts): string {
  const candidates = [features[0], score, relations, ...segments];
  return candidates.find((part) => part?.verdict === "drift")?.sentence ?? "";
}

function rulesOf(options: DriftOptions): DriftRules {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const rules = { ...defaultDriftRules, ...Object.fromEntries(given) };
  refuse(rules.significance > 0 && rules.significance < 1, "significance", rules.significance, "between 0 and 1");
  refuse(rules.minimumRows >= 20, "minimumRows", rules.minimumRows, "at least 20");
  for (const name of ["minimumChange", "minimumPsi", "minimumCorrelationChange"] as const)
    refuse(rules[name] >= 0, name, rules[name], "at least 0");
  return rules;
}

function refuse(isGood: boolean, name: string, value: number, rule: string): void {
  if (isGood) return;
  const message = `drift.${name}: ${value} is not ${rule}. Correct it, or leave it out.`;
  throw new MonitoringError("rules_invalid", message, { facts: { name, value } });
}

function refuseOther(baseline: Baseline, summary: Summary): void {
  if (summary.baseline === baseline.sha256) return;
  throw new MonitoringError(
    "baseline_differs",
    `The summary of ${summary.window.from} was made with another baseline than the one it is compared with. Give the model's own.`,
    { facts: { found: summary.baseline, expected: baseline.sha256 } },
  );
}
