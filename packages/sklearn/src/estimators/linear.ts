import { flag, from, notNegative, positive } from "./rules";

/** Rules of LogisticRegression. */
export const logisticRules = {
  C: positive,
  l1_ratio: { number: { min: 0, max: 1 } },
  dual: flag,
  tol: notNegative,
  fit_intercept: flag,
  intercept_scaling: positive,
  class_weight: { choices: ["balanced"], none: true },
  solver: { choices: ["lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"] },
  max_iter: from(1),
} as const;

/** Rules of Ridge, which is the linear model of a regression. */
export const ridgeRules = {
  alpha: notNegative,
  fit_intercept: flag,
  max_iter: { integer: { min: 1 }, none: true },
  tol: notNegative,
  solver: { choices: ["auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"] },
  positive: flag,
} as const;
