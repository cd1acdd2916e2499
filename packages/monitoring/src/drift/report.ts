import type { ModelShare, Window } from "../window";

/**
 * What can be said of a comparison. `no_data` and `too_few_rows` are never "no drift": nothing was tested.
 */
export type DriftVerdict = "drift" | "no_drift" | "too_few_rows" | "no_data";

/** How much of the distribution moved, by PSI without the part that chance explains: below 0.1, below 0.25, more. */
export type DriftSeverity = "minor" | "moderate" | "major";

/** Distances between the baseline and the window, over the baseline's bins. */
export interface DriftStatistics {
  /** Population stability index. */
  readonly psi: number;
  /** What PSI would stay below without drift, at the report's significance for this many rows and features. */
  readonly psiNoise: number;
  /** Jensen-Shannon distance, base 2: 0 to 1. */
  readonly jensenShannon: number;
  /** Pearson's chi-squared of both samples over bins with enough rows, and its degrees of freedom. */
  readonly chiSquared: number;
  readonly degreesOfFreedom: number;
  /** Largest change of a bin's or category's share. */
  readonly lInfinity: number;
  /** Kolmogorov-Smirnov distance at the bins' edges. @default absent for categories and booleans */
  readonly ks?: number;
  /** Earth mover's distance in the feature's unit. @default absent for categories and booleans */
  readonly wasserstein?: number;
}

/** Shares of both samples over the same bins, for drawing. */
export interface ComparedDistribution {
  /** Edges of the bins, one more than shares. @default absent for categories */
  readonly edges?: readonly number[];
  /** Names of the categories; `other` is what the baseline did not know. @default absent for numbers */
  readonly categories?: readonly string[];
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/** One feature, or the score, of a window beside the baseline. */
export interface FeatureDrift {
  /** Column of the contract; `score` for the model's answer. */
  readonly feature: string;
  readonly type: "number" | "category" | "boolean" | "score";
  readonly verdict: DriftVerdict;
  /** @default absent unless the verdict is `drift` */
  readonly severity?: DriftSeverity;
  /** Values that were present, in the baseline and in the window. */
  readonly baselineRows: number;
  readonly rows: number;
  /** Adjusted for the several tests of this feature and the number of features. @default absent when nothing was tested */
  readonly pValue?: number;
  /** @default absent when nothing was tested */
  readonly statistics?: DriftStatistics;
  /** Mean, or share of true. @default absent for categories */
  readonly mean?: { readonly baseline: number; readonly window: number };
  readonly distribution: ComparedDistribution;
  /** What happened, for people: `plan: "gold" rose from 9 % to 21 %.` */
  readonly sentence: string;
}

/** What is wrong with data rather than with customers. */
export type QualityCode =
  | "missing_share"
  | "column_absent"
  | "column_unknown"
  | "new_category"
  | "out_of_range"
  | "invalid_value"
  | "constant_in_baseline";

/** One finding about the quality of the data. */
export interface QualityFinding {
  readonly code: QualityCode;
  readonly column: string;
  /** `critical`: the column tells nothing any more; `warning`: look at it. */
  readonly severity: "critical" | "warning";
  /** Share of rows, in the baseline and in the window. */
  readonly baseline: number;
  readonly window: number;
  /** Adjusted like a feature's. @default absent where one row is enough, as for a column that is not there */
  readonly pValue?: number;
  readonly sentence: string;
}

/** A pair of features whose relation changed. */
export interface RelationChange {
  readonly features: readonly [string, string];
  /** Rank correlation over the baseline's bins. */
  readonly baseline: number;
  readonly window: number;
  readonly pValue: number;
}

/** Whether features still go together as they did, which no single feature shows. */
export interface RelationDrift {
  readonly verdict: DriftVerdict | "not_available";
  /** Pairs that were tested. */
  readonly pairs: number;
  readonly changes: readonly RelationChange[];
  readonly sentence: string;
}

/** The drift within one segment. */
export interface SegmentDrift {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly verdict: DriftVerdict;
  /** Features of the segment that drifted, worst first. */
  readonly drifted: readonly FeatureDrift[];
  readonly sentence: string;
}

/** A window of predictions beside the baseline of the model that made them. */
export interface DriftReport {
  readonly format: 1;
  readonly kind: "drift";
  readonly window: Window;
  /** Predictions in the window. */
  readonly rows: number;
  readonly contract: { readonly name: string; readonly sha256: string };
  /** SHA-256 of baseline.json, and the rows it describes. */
  readonly baseline: { readonly sha256: string; readonly rows: number };
  /** Largest number of rows first. */
  readonly models: readonly ModelShare[];
  /** The chance that this whole report finds drift when there is none. */
  readonly significance: number;
  readonly verdict: DriftVerdict;
  /** The verdict in one sentence; stands first in every report. */
  readonly sentence: string;
  /** Worst first. */
  readonly features: readonly FeatureDrift[];
  /** @default absent when the baseline holds no scores */
  readonly score?: FeatureDrift;
  readonly quality: readonly QualityFinding[];
  readonly relations: RelationDrift;
  readonly segments: readonly SegmentDrift[];
  /** Rows that are not part of the figures, and why. */
  readonly left: {
    readonly duplicates: number;
    readonly late: number;
    readonly refused: Readonly<Record<string, number>>;
  };
}
