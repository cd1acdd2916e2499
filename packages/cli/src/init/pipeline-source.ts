/** What the pipeline of a new product is made from. */
export interface PipelineSourceOptions {
  /** Product name, as the folder is called. */
  name: string;
  kind: "binary" | "regression";
  /** Path of the CSV, relative to the pipeline's folder. */
  data: string;
  /** Trials of the tuning step. */
  trials: number;
}

/** A readable `pipeline.ts` for a new product: prepare, tune, evaluate, gate, register. */
export function pipelineSource({ name, kind, data, trials }: PipelineSourceOptions): string {
  const gate = kind === "binary" ? binaryGate : regressionGate;
  const imbalance = kind === "binary" ? ', class_weight: "balanced"' : "";
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  return `import { fail, greaterThanOrEqual, integer, join, maximize, pipeline, when } from "@sagewright/pipeline";
import { product, randomForest, sklearn } from "@sagewright/sklearn";
import { contract } from "./contract";

const training = pipeline("${name}-training", ({ parameter }) => {
  const input = parameter.string("InputDataUri");
  const ${gate.parameter} = parameter.float("${gate.parameterName}", { default: ${gate.minimum} });

  const prepared = sklearn.prepare("Prepare", { contract, input });

  const tuned = sklearn.tune("Tune", {
    estimator: randomForest({ max_depth: integer(3, 16), n_estimators: integer(50, 300)${imbalance} }),
    data: prepared,
    objective: maximize("${gate.objective}"),
    jobs: ${trials},
    parallel: ${Math.min(2, trials)},
    strategy: "Bayesian",
  });

  const evaluated = sklearn.${gate.evaluate}("Evaluate", { data: prepared, model: tuned.bestModel() });
  const score = evaluated.report.at("${gate.metric}");

  return when("Gate", greaterThanOrEqual(score, ${gate.parameter}))
    .then(sklearn.register("Register", { model: tuned.bestModel(), evaluated, group: "${name}" }))
    .otherwise(fail("TooWeak", join("", ["${gate.words} ", score, " is below the minimum of ", ${gate.parameter}])));
});

export default product({
  name: "${name}",
  contracts: { ${key}: contract },
  defaultContract: "${name}",
  definition: () => training,
  data: { ${key}: { file: ${JSON.stringify(data)} } },
});
`;
}

const binaryGate = {
  parameter: "minimumAuc",
  parameterName: "MinimumAuc",
  minimum: "0.7",
  objective: "validation:auc",
  metric: "metrics.roc_auc",
  evaluate: "evaluate",
  words: "ROC AUC",
};

const regressionGate = {
  parameter: "minimumR2",
  parameterName: "MinimumR2",
  minimum: "0.1",
  objective: "validation:r2",
  metric: "metrics.r2",
  evaluate: "evaluateRegression",
  words: "R²",
};
