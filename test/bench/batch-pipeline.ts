import { pipeline } from "@sagewright/pipeline";
import { product, randomForest, sklearn } from "@sagewright/sklearn";
import { bank } from "../../pipelines/churn/contracts/bank";

/** The model of the batch benchmark: 200 trees of depth 8 on the bank's customers. */
export default product({
  name: "batch-bench",
  contracts: { bank },
  defaultContract: "bank",
  definition: (contract) =>
    pipeline("batch-bench", ({ parameter }) => {
      const input = parameter.string("InputDataUri");
      const data = sklearn.prepare("Prepare", { contract, input });
      const trained = sklearn.train("Train", { data, estimator: randomForest({ n_estimators: 200, max_depth: 8 }) });
      const evaluated = sklearn.evaluate("Evaluate", { model: trained.model, data });
      return sklearn.register("Register", { model: trained.model, evaluated, group: "batch-bench" });
    }),
});
