import { categorical, greaterThanOrEqual, maximize, pipeline, when } from "@sagewright/pipeline";
import { product, randomForest, sklearn } from "@sagewright/sklearn";
import { bank } from "../../pipelines/churn/contracts/bank";

/** The reference job: prepare, 8 trials {depth 4, 8, 12, 16} x {100, 200 trees}, refit of the best, evaluate, register. */
const reference = pipeline("reference-job", ({ parameter }) => {
  const prepared = sklearn.prepare("Prepare", { contract: bank, input: parameter.string("InputDataUri") });
  const tuned = sklearn.tune("Tune", {
    data: prepared,
    estimator: randomForest({
      max_depth: categorical([4, 8, 12, 16]),
      n_estimators: categorical([100, 200]),
      class_weight: "balanced",
    }),
    objective: maximize("validation:auc"),
    strategy: "Grid",
    parallel: 2,
  });
  const refitted = sklearn.train("Refit", {
    data: prepared,
    estimator: randomForest({
      max_depth: tuned.best("max_depth"),
      n_estimators: tuned.best("n_estimators"),
      class_weight: "balanced",
    }),
  });
  const evaluated = sklearn.evaluate("Evaluate", { model: refitted.model, data: prepared });
  return when("AucGate", greaterThanOrEqual(evaluated.report.at("metrics.roc_auc"), 0.84)).then(
    sklearn.register("Register", { model: refitted.model, evaluated, group: "reference" }),
  );
});

export default product({
  name: "reference",
  contracts: { bank },
  defaultContract: "bank",
  definition: () => reference,
});
