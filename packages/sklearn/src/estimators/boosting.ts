import { from, notNegative, positive } from "./rules";

/** Rules of HistGradientBoosting, classifier and regressor alike. */
export const boostingRules = {
  learning_rate: positive,
  max_iter: from(1),
  max_leaf_nodes: { integer: { min: 2 }, none: true },
  max_depth: { integer: { min: 1 }, none: true },
  min_samples_leaf: from(1),
  l2_regularization: notNegative,
  max_features: { number: { above: 0, below: 1 } },
  max_bins: { integer: { min: 2, max: 255 } },
  interaction_cst: { choices: ["no_interactions", "pairwise"], none: true },
  early_stopping: { boolean: true, choices: ["auto"] },
  scoring: {
    choices: ["loss", "roc_auc", "average_precision", "neg_log_loss", "r2", "neg_mean_absolute_error"],
    none: true,
  },
  validation_fraction: { integer: { min: 1 }, number: { above: 0, below: 1 }, none: true },
  n_iter_no_change: from(1),
  tol: notNegative,
} as const;

/** Rules of the classifier only. */
export const boostingClassifierRules = {
  loss: { choices: ["log_loss"] },
  class_weight: { choices: ["balanced"], none: true },
} as const;

/** Rules of the regressor only. */
export const boostingRegressorRules = {
  loss: { choices: ["squared_error", "absolute_error", "gamma", "poisson", "quantile"] },
  quantile: { number: { min: 0, max: 1 }, none: true },
} as const;
