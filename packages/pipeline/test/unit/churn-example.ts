import {
  codeDirectory,
  document,
  fail,
  greaterThanOrEqual,
  integer,
  join,
  maximize,
  pipeline,
  processing,
  propertyFile,
  register,
  tuning,
  when,
} from "@sagewright/pipeline";

export interface Evaluation {
  metrics: { roc_auc: number; pr_auc: number };
  curves: { roc: number[][] };
  segments: { column: string; rows: number }[];
}

const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0";

export const churn = pipeline("churn-training", ({ parameter }) => {
  const input = parameter.string("InputDataUri");
  const minAuc = parameter.float("MinimumAuc", { default: 0.8 });
  const code = codeDirectory({ files: { "prepare.py": "print('prepare')\n", "evaluate.py": "print('evaluate')\n" } });

  const prepared = processing("Prepare", {
    image,
    entrypoint: ["python3", "/opt/ml/processing/input/code/prepare.py"],
    inputs: {
      code: { uri: code, path: "/opt/ml/processing/input/code" },
      data: { uri: input, path: "/opt/ml/processing/input/data" },
    },
    outputs: { train: "/opt/ml/processing/output/train", validation: "/opt/ml/processing/output/validation" },
  });
  const tuned = tuning("Tune", {
    image,
    objective: maximize("validation:auc"),
    metrics: { "validation:auc": "validation:auc=([0-9.]+)" },
    ranges: { max_depth: integer(3, 16) },
    hyperparameters: { seed: 42, bootstrap: true },
    channels: { train: prepared.outputs.train, validation: prepared.outputs.validation },
    jobs: 12,
    parallel: 2,
    spot: { maxWaitSeconds: 3600 },
  });
  const evaluated = processing("Evaluate", {
    image,
    inputs: { model: { uri: tuned.bestModel(), path: "/opt/ml/processing/input/model" } },
    outputs: { report: "/opt/ml/processing/output/report" },
    propertyFiles: { report: propertyFile("report", "evaluation.json", document<Evaluation>()) },
    arguments: ["--depth", tuned.best("max_depth")],
  });
  const auc = evaluated.files.report.at("metrics.roc_auc");

  return when("AucGate", greaterThanOrEqual(auc, minAuc))
    .then(register("Register", { model: tuned.bestModel(), group: "churn", metrics: evaluated.files.report }))
    .otherwise(fail("TooWeak", join("", ["ROC AUC ", auc, " is below ", minAuc])));
});
