import type { Contract } from "@sagewright/contract";
import { fail, greaterThanOrEqual, integer, join, lessThan, maximize, pipeline, when } from "@sagewright/pipeline";
import { product, randomForest, sklearn } from "@sagewright/sklearn";
import { insurance } from "./contracts/insurance";

/** What a customer is worth: trains a regression on known lifetime values and registers it when it is good enough. */
const clvTraining = (contract: Contract) =>
  pipeline("clv-training", ({ parameter }) => {
    const input = parameter.string("InputDataUri");
    const minimumR2 = parameter.float("MinimumR2", { default: 0.5 });

    const prepared = sklearn.prepare("Prepare", { contract, input });

    const tuned = sklearn.tune("Tune", {
      data: prepared,
      estimator: randomForest({
        max_depth: integer(6, 20),
        n_estimators: integer(100, 300),
        min_samples_leaf: integer(1, 8),
        max_features: 0.5,
      }),
      objective: maximize("validation:r2"),
      strategy: "Bayesian",
      jobs: 8,
      parallel: 2,
      spot: { maxWaitSeconds: 3600 },
    });

    const evaluated = sklearn.evaluateRegression("Evaluate", { model: tuned.bestModel(), data: prepared });
    const r2 = evaluated.report.at("metrics.r2");
    const mae = evaluated.report.at("metrics.mae");
    // Better than the training mean even at the unlucky end of the error's 95 % interval.
    const maeHigh = evaluated.report.at("metrics.mae_high");
    const baselineMae = evaluated.report.at("metrics.baseline_mae");

    return when("ErrorGate", [greaterThanOrEqual(r2, minimumR2), lessThan(maeHigh, baselineMae)])
      .then(sklearn.register("Register", { model: tuned.bestModel(), evaluated, group: "clv" }))
      .otherwise(
        fail(
          "TooWeak",
          join("", [
            ...["R2 ", r2, " is below the minimum of ", minimumR2, ", or the mean absolute error ", mae],
            ...[" (95 % interval up to ", maeHigh, ") is no better than the ", baselineMae, " of the mean"],
          ]),
        ),
      );
  });

export default product({
  name: "clv",
  contracts: { insurance },
  defaultContract: "insurance",
  definition: clvTraining,
});
