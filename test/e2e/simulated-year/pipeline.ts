import { category, defineContract, integer, number } from "@sagewright/contract";
import {
  type Compiled,
  compile,
  fail,
  greaterThanOrEqual,
  join,
  localTarget,
  pipeline,
  when,
} from "@sagewright/pipeline";
import { type Estimator, logisticRegression, randomForest, sklearn } from "@sagewright/sklearn";

/** Name of the model group and of its contract. */
export const group = "leaving";

/** What is known of a customer. */
export const contract = defineContract({
  name: group,
  target: { column: "left", positive: "yes", negative: "no" },
  columns: {
    tenure: integer({ unit: "months", minimum: 0 }),
    plan: category(["basic", "premium"]),
    charge: number({ unit: "USD", minimum: 0 }),
    calls: integer({ minimum: 0 }),
  },
});

const estimators = {
  usual: () => logisticRegression(),
  /** Somebody tried to save time: one tree with one question. */
  blunted: () => randomForest({ max_depth: 1, n_estimators: 1 }),
} satisfies Record<string, () => Estimator>;

/** The training pipeline as somebody would publish it. */
export function compiledTraining(estimator: keyof typeof estimators): Compiled {
  const training = pipeline(`${group}-training`, ({ parameter }) => {
    const input = parameter.string("InputDataUri");
    const minimumAuc = parameter.float("MinimumAuc", { default: 0.55 });
    const prepared = sklearn.prepare("Prepare", { contract, input });
    const trained = sklearn.train("Train", { data: prepared, estimator: estimators[estimator]() });
    const evaluated = sklearn.evaluate("Evaluate", { model: trained.model, data: prepared });
    const auc = evaluated.report.at("metrics.roc_auc");
    return when("Gate", greaterThanOrEqual(auc, minimumAuc))
      .then(sklearn.register("Register", { model: trained.model, evaluated, group }))
      .otherwise(fail("TooWeak", join("", ["ROC AUC ", auc, " is below the minimum of ", minimumAuc])));
  });
  return compile(training, localTarget);
}
