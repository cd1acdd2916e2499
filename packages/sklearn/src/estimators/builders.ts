import { boostingClassifierRules, boostingRegressorRules, boostingRules } from "./boosting";
import { type Estimator, estimator, type RulesByTask, type Settings } from "./estimator";
import { forestClassifierRules, forestRegressorRules, forestRules } from "./forest";
import { logisticRules, ridgeRules } from "./linear";
import { networkRules } from "./network";

/** Rules of every estimator, by the name that the container's code knows and by task. */
export const estimatorRules = {
  random_forest: {
    binary: { ...forestRules, ...forestClassifierRules },
    regression: { ...forestRules, ...forestRegressorRules },
  },
  extra_trees: {
    binary: { ...forestRules, ...forestClassifierRules },
    regression: { ...forestRules, ...forestRegressorRules },
  },
  hist_gradient_boosting: {
    binary: { ...boostingRules, ...boostingClassifierRules },
    regression: { ...boostingRules, ...boostingRegressorRules },
  },
  logistic_regression: { binary: logisticRules },
  linear_regression: { regression: ridgeRules },
  mlp: { binary: networkRules, regression: { ...networkRules, loss: { choices: ["squared_error", "poisson"] } } },
} as const satisfies Readonly<Record<string, RulesByTask>>;

type AllRules = typeof estimatorRules;
type TaskRules<N extends keyof AllRules> = AllRules[N][keyof AllRules[N]];

/** Settings of an estimator under any task it can do; what only one task has is checked when the contract is known. */
type SettingsOf<N extends keyof AllRules> = { readonly [K in NameOf<TaskRules<N>>]?: SettingOf<TaskRules<N>, K> };
type NameOf<T> = T extends unknown ? keyof T : never;
type SettingOf<T, K extends PropertyKey> =
  T extends Readonly<Record<string, object>> ? (K extends keyof T ? Settings<T>[K] : never) : never;

/** Random forest, the default estimator: many decorrelated trees, robust without tuning. */
export function randomForest(settings: SettingsOf<"random_forest"> = {}): Estimator {
  return estimator("randomForest", "random_forest", estimatorRules.random_forest, settings);
}

/** Extremely randomised trees: like a random forest with random split points; faster to train, smoother. */
export function extraTrees(settings: SettingsOf<"extra_trees"> = {}): Estimator {
  return estimator("extraTrees", "extra_trees", estimatorRules.extra_trees, settings);
}

/** Histogram gradient boosting: usually the strongest on tables of ten thousand rows and more. */
export function histGradientBoosting(settings: SettingsOf<"hist_gradient_boosting"> = {}): Estimator {
  return estimator("histGradientBoosting", "hist_gradient_boosting", estimatorRules.hist_gradient_boosting, settings);
}

/** Logistic regression, for binary targets. */
export function logisticRegression(settings: SettingsOf<"logistic_regression"> = {}): Estimator {
  return estimator("logisticRegression", "logistic_regression", estimatorRules.logistic_regression, settings);
}

/** Linear regression with an L2 penalty (Ridge), for numeric targets. */
export function linearRegression(settings: SettingsOf<"linear_regression"> = {}): Estimator {
  return estimator("linearRegression", "linear_regression", estimatorRules.linear_regression, settings);
}

/** Multi-layer perceptron. */
export function mlp(settings: SettingsOf<"mlp"> = {}): Estimator {
  return estimator("mlp", "mlp", estimatorRules.mlp, settings);
}
