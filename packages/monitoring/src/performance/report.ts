import type { ModelShare, Window } from "../window";

/** A figure with its 95 % interval, or the reason why it has none. */
export type Figure =
  | { readonly value: number; readonly low: number; readonly high: number }
  | { readonly value: null; readonly because: "one_class" | "no_labels" | "too_few_labels" | "nothing_predicted" };

/** Names of the figures of a model that tells two classes apart. */
export type BinaryMetric =
  | "rocAuc"
  | "prAuc"
  | "precision"
  | "recall"
  | "accuracy"
  | "brier"
  | "calibrationError"
  | "calibrationRatio";

/** Names of the figures of a regression. */
export type RegressionMetric = "mae" | "rmse" | "bias" | "r2";

/** How reliable a probability is: predictions of about the same score, and what came of them. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly meanScore: number;
  /** Share of positives. */
  readonly observed: Figure;
}

/** What is known of a span of time. */
export interface PeriodPerformance {
  readonly window: Window;
  /** Predictions, and how many of them have a label now. */
  readonly predictions: number;
  readonly labelled: number;
  /** Labelled over predictions; null without predictions. */
  readonly labelShare: number | null;
  /** Labelled rows of the positive class. @default absent for a regression */
  readonly positives?: number;
  /**
   * `measured`: enough labels; `one_class`: all labels are alike, so that ROC AUC is undefined; `too_few_labels`,
   * `no_labels`, `no_data`: nothing can be said.
   */
  readonly verdict: "measured" | "one_class" | "too_few_labels" | "no_labels" | "no_data";
  readonly metrics: Readonly<Partial<Record<BinaryMetric | RegressionMetric, Figure>>>;
  /** @default absent for a regression and without labels */
  readonly calibration?: readonly CalibrationBin[];
  /**
   * What the figures would be if the scores are calibrated: an estimate, made of scores alone, that knows nothing of
   * what really happened. @default absent for a regression and without predictions
   */
  readonly estimate?: Readonly<Partial<Record<"rocAuc" | "prAuc" | "precision" | "recall" | "accuracy", number>>>;
  readonly sentence: string;
}

/** What the model's answers were worth. */
export interface PerformanceReport {
  readonly format: 1;
  readonly kind: "performance";
  readonly task: "binary" | "regression";
  readonly window: Window;
  readonly models: readonly ModelShare[];
  /** Decision threshold behind precision and recall. @default absent for a regression */
  readonly threshold?: number;
  /** Least ROC AUC. @default no gate */
  readonly gate?: {
    readonly minimumAuc: number;
    /**
     * `below`: even the interval's upper end is under it; `at_risk`: the figure is under it, the interval reaches over;
     * `met`; `unknown`: not measured.
     */
    readonly verdict: "below" | "at_risk" | "met" | "unknown";
  };
  /** The whole window. */
  readonly overall: PeriodPerformance;
  /** Oldest first; a week begins on Monday. */
  readonly weeks: readonly PeriodPerformance[];
  /** Labels that belong to no prediction of the window. */
  readonly orphans: number;
  readonly sentence: string;
}
