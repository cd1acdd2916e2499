import type { DriftReport, FeatureDrift, QualityCode } from "../drift/report";

/** constraint_violations.json of Model Monitor. */
export interface ModelMonitorViolations {
  readonly violations: readonly ModelMonitorViolation[];
}

/** One thing that is not as it was. */
export interface ModelMonitorViolation {
  /** A column, `score`, or `dataset` where nothing could be tested. */
  readonly feature_name: string;
  readonly constraint_check_type: ViolationCheck;
  /** The report's sentence. */
  readonly description: string;
}

/** Model Monitor's kinds of check. */
export type ViolationCheck =
  | "data_type_check"
  | "completeness_check"
  | "baseline_drift_check"
  | "missing_column_check"
  | "extra_column_check"
  | "categorical_values_check";

const checks: Readonly<Record<QualityCode, ViolationCheck>> = {
  missing_share: "completeness_check",
  column_absent: "missing_column_check",
  column_unknown: "extra_column_check",
  new_category: "categorical_values_check",
  out_of_range: "data_type_check",
  invalid_value: "data_type_check",
  constant_in_baseline: "baseline_drift_check",
};

/**
 * What a report found. A window in which nothing could be tested violates the completeness of the whole: an empty list would
 * read as "nothing has changed".
 */
export function violationsOf(report: DriftReport): ModelMonitorViolations {
  const { features, score, quality, relations, segments, verdict, sentence } = report;
  const untested = verdict === "no_data" || verdict === "too_few_rows";
  const drift = (found: FeatureDrift) => drifted(found.feature, found.sentence);
  return {
    violations: [
      ...(untested
        ? [{ feature_name: "dataset", constraint_check_type: "completeness_check", description: sentence } as const]
        : []),
      ...quality.map((finding) => ({
        feature_name: finding.column,
        constraint_check_type: checks[finding.code],
        description: finding.sentence,
      })),
      ...[...features, ...(score === undefined ? [] : [score])].filter((found) => found.verdict === "drift").map(drift),
      ...(relations.verdict === "drift"
        ? relations.changes.map(({ features: [one, other], baseline, window }) =>
            drifted(
              one,
              `${one} and ${other}: their rank correlation went from ${rounded(baseline)} to ${rounded(window)}.`,
            ),
          )
        : []),
      ...segments.flatMap(({ column, value, drifted: within }) =>
        within.map((found) => drifted(found.feature, `${column} ${value}: ${found.sentence}`)),
      ),
    ],
  };
}

function drifted(feature: string, description: string): ModelMonitorViolation {
  return { feature_name: feature, constraint_check_type: "baseline_drift_check", description };
}

function rounded(value: number): string {
  return value.toFixed(2);
}
