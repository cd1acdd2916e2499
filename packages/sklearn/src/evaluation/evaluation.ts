/** A warning of prepare or evaluate. Codes of evaluate: `leakage_feature`, `leakage_model`, `segment_weak`, `test_small`. */
export interface ReportWarning {
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What both kinds of evaluation.json have. */
export interface EvaluationBase {
  /** 1 had neither `test` nor `scores`. */
  readonly format: 1 | 2;
  readonly contract: { readonly name: string; readonly sha256: string };
  readonly model: {
    /** SHA-256 of the model's manifest.json, which lists the digests of all its files. */
    readonly manifest_sha256: string;
    readonly estimator: string;
    readonly hyperparameters: Readonly<Record<string, string>>;
    readonly versions: Readonly<Record<string, string>>;
  };
  /** The test split the model was judged on. @default absent in format 1 */
  readonly test?: { readonly sha256: string };
  /** `row,label,score` of every test row, in a file beside this one. @default absent in format 1 */
  readonly scores?: { readonly file: string; readonly sha256: string };
  /** Rows of the test split. */
  readonly rows: number;
  /** Loss of ROC AUC (of mean absolute error in a regression) when a feature is shuffled; greatest first. */
  readonly importance: readonly { readonly feature: string; readonly mean: number; readonly std: number }[];
  readonly warnings: readonly ReportWarning[];
}

/** Precision, recall, F1 and accuracy at some threshold. */
export interface DecisionMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly accuracy: number;
}

/** evaluation.json of a binary target. */
export interface Evaluation extends EvaluationBase {
  readonly kind: "binary";
  readonly positives: number;
  readonly metrics: DecisionMetrics & {
    readonly roc_auc: number;
    /** DeLong's 95 % interval. */
    readonly roc_auc_low: number;
    readonly roc_auc_high: number;
    readonly pr_auc: number;
    readonly brier: number;
    readonly log_loss: number;
  };
  /** Chosen on the validation split by training. */
  readonly threshold: {
    readonly value: number;
    readonly method: string;
    readonly split: string;
    readonly candidates: readonly (DecisionMetrics & { readonly method: string; readonly value: number })[];
  };
  readonly confusion: { readonly tn: number; readonly fp: number; readonly fn: number; readonly tp: number };
  readonly curves: {
    /** False positive rate, true positive rate, threshold. */
    readonly roc: readonly (readonly number[])[];
    /** Recall, precision, threshold. */
    readonly pr: readonly (readonly number[])[];
  };
  readonly calibration: {
    readonly bins: readonly { readonly mean_predicted: number; readonly observed: number; readonly count: number }[];
    /** Expected calibration error. */
    readonly ece: number;
  };
  /** Tenths of the rows, highest scores first. */
  readonly lift: readonly {
    readonly decile: number;
    readonly rows: number;
    readonly positives: number;
    readonly lift: number;
    readonly captured: number;
  }[];
  /** Figures are null where a segment has one outcome only. */
  readonly segments: readonly {
    readonly column: string;
    readonly value: string;
    readonly rows: number;
    readonly positives: number;
    readonly roc_auc: number | null;
    readonly roc_auc_low: number | null;
    readonly roc_auc_high: number | null;
  }[];
}

/** evaluation.json of a regression. */
export interface RegressionEvaluation extends EvaluationBase {
  readonly kind: "regression";
  readonly metrics: {
    readonly r2: number;
    readonly mae: number;
    readonly rmse: number;
    /** Percentile bootstrap, 95 %. */
    readonly r2_low: number;
    readonly r2_high: number;
    readonly mae_low: number;
    readonly mae_high: number;
    readonly rmse_low: number;
    readonly rmse_high: number;
    /** Of always answering the training mean. */
    readonly baseline_mae: number;
    readonly baseline_rmse: number;
  };
  readonly segments: readonly {
    readonly column: string;
    readonly value: string;
    readonly rows: number;
    readonly mae: number;
    readonly mean: number;
  }[];
}
