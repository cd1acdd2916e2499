import type { Contract } from "@sagewright/contract";
import type { Baseline } from "../baseline/baseline";
import { type DriftOptions, defaultDriftRules } from "../drift/options";
import type { DriftReport } from "../drift/report";
import type { Summary } from "../summary/summary";
import { constraintsOf, type ModelMonitorConstraints } from "./constraints";
import { type ModelMonitorStatistics, statisticsOf } from "./statistics";
import { type ModelMonitorViolations, violationsOf } from "./violations";

/** What the documents are made of. */
export interface ModelMonitorInput {
  readonly baseline: Baseline;
  readonly contract: Contract;
  /** The window's predictions. */
  readonly summary: Summary;
  /** Of the same window. */
  readonly report: DriftReport;
  /** The rules that the report was made with. @default the usual ones */
  readonly rules?: DriftOptions;
}

/** Model Monitor's documents, by the names that its jobs give them. */
export interface ModelMonitorDocuments {
  /** The window. */
  readonly "statistics.json": ModelMonitorStatistics;
  /** The training data. */
  readonly "constraints.json": ModelMonitorConstraints;
  /** What the report found. */
  readonly "constraint_violations.json": ModelMonitorViolations;
}

/**
 * A window in the shapes of SageMaker Model Monitor's data quality jobs, for what already reads them. Two things are not as
 * there: distributions have the baseline's bins and no KLL sketch, since summaries hold no rows to make one of; and a
 * violation is what the drift report found, which knows sample sizes, not a comparison with a fixed limit.
 *
 * Source: Amazon SageMaker developer guide, "Schema for Statistics", "Schema for Constraints", "Schema for Violations".
 */
export function modelMonitorDocuments({
  baseline,
  contract,
  summary,
  report,
  rules,
}: ModelMonitorInput): ModelMonitorDocuments {
  return {
    "statistics.json": statisticsOf(baseline, contract, summary),
    "constraints.json": constraintsOf(baseline, contract, { ...defaultDriftRules, ...rules }),
    "constraint_violations.json": violationsOf(report),
  };
}
