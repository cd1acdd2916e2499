import { flag, from, notNegative } from "./rules";

/** Between 0 and 1, both left out: a share of rows or columns. (1 would be read as a count.) */
const share = { above: 0, below: 1 } as const;

/** Rules of RandomForest and ExtraTrees, classifier and regressor alike. */
export const forestRules = {
  n_estimators: from(1),
  max_depth: { integer: { min: 1 }, none: true },
  min_samples_split: { integer: { min: 2 }, number: share },
  min_samples_leaf: { integer: { min: 1 }, number: share },
  min_weight_fraction_leaf: { number: { min: 0, max: 0.5 } },
  max_features: { integer: { min: 1 }, number: share, choices: ["sqrt", "log2"], none: true },
  max_leaf_nodes: { integer: { min: 2 }, none: true },
  min_impurity_decrease: notNegative,
  bootstrap: flag,
  ccp_alpha: notNegative,
  max_samples: { integer: { min: 1 }, number: share, none: true },
} as const;

/** Rules of the forests' classifiers only. */
export const forestClassifierRules = {
  criterion: { choices: ["gini", "entropy", "log_loss"] },
  class_weight: { choices: ["balanced", "balanced_subsample"], none: true },
} as const;

/** Rules of the forests' regressors only. */
export const forestRegressorRules = {
  criterion: { choices: ["squared_error", "absolute_error", "poisson"] },
} as const;
