import { category, defineContract, integer, number } from "@sagewright/contract";
import { fail, greaterThanOrEqual, join, type Pipeline, pipeline, when } from "@sagewright/pipeline";
import { randomForest, sklearn } from "@sagewright/sklearn";

/** A pipeline whose gate refuses at once, where only what starts it is of interest. */
export const refusing: Pipeline = pipeline("churn-training", ({ parameter }) => {
  const input = parameter.string("InputDataUri");
  const auc = parameter.float("Auc", { default: 0.7 });
  return when("Gate", greaterThanOrEqual(0.8, auc)).then(
    fail("TooWeak", join("", ["ROC AUC ", auc, " of ", input, " is below the minimum"])),
  );
});

/** The customers of `tinyProduct`. */
export const customerContract = defineContract({
  name: "customers",
  id: ["customer"],
  target: { column: "churn", positive: "yes", negative: "no" },
  columns: { tenure: integer({ minimum: 0 }), plan: category(["basic", "premium"]), charge: number({ minimum: 0 }) },
});

/** A pipeline that trains: a small forest on {@link customerContract}, judged and registered. */
export const training: Pipeline = pipeline("churn-training", ({ parameter }) => {
  const prepared = sklearn.prepare("Prepare", { contract: customerContract, input: parameter.string("InputDataUri") });
  const estimator = randomForest({ n_estimators: 12, max_depth: 4 });
  const trained = sklearn.train("Train", { data: prepared, estimator });
  const evaluated = sklearn.evaluate("Evaluate", { model: trained.model, data: prepared });
  return when("Gate", greaterThanOrEqual(evaluated.report.at("metrics.roc_auc"), 0.6))
    .then(sklearn.register("Register", { model: trained.model, evaluated, group: "churn" }))
    .otherwise(fail("TooWeak", "The model ranks leavers too badly."));
});
