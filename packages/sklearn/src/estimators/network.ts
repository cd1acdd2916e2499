import { flag, from, notNegative, positive } from "./rules";

const decay = { number: { min: 0, below: 1 } } as const;

/** Rules of MLPClassifier and MLPRegressor. */
export const networkRules = {
  hidden_layer_sizes: { sizes: true, integer: { min: 1 } },
  activation: { choices: ["identity", "logistic", "tanh", "relu"] },
  solver: { choices: ["lbfgs", "sgd", "adam"] },
  alpha: notNegative,
  batch_size: { integer: { min: 1 }, choices: ["auto"] },
  learning_rate: { choices: ["constant", "invscaling", "adaptive"] },
  learning_rate_init: positive,
  power_t: notNegative,
  max_iter: from(1),
  shuffle: flag,
  tol: notNegative,
  momentum: { number: { min: 0, max: 1 } },
  nesterovs_momentum: flag,
  early_stopping: flag,
  validation_fraction: decay,
  beta_1: decay,
  beta_2: decay,
  epsilon: positive,
  n_iter_no_change: from(1),
  max_fun: from(1),
} as const;
