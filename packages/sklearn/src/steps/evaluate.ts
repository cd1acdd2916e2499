import {
  document,
  type Expression,
  join,
  type ModelArtifact,
  type ProcessingStep,
  type PropertyFile,
  processing,
  propertyFile,
  type Value,
} from "@sagewright/pipeline";
import { stepCode } from "../code/step-code";
import { StepOptionError } from "../errors";
import type { Task } from "../estimators/estimator";
import type { Evaluation, RegressionEvaluation } from "../evaluation/evaluation";
import { image } from "../image";
import { inputPath, type JobOptions, outputPath } from "./job-options";
import { checkSeed, type PreparedStep } from "./prepare";
import { taskOf } from "./training-job";

/** Options of an evaluate step. */
export interface EvaluateOptions extends JobOptions {
  readonly model: ModelArtifact;
  /** The prepare step whose test split judges the model. */
  readonly data: PreparedStep;
  /** Chooses what permutation importance shuffles. @default the prepare step's seed */
  readonly seed?: number;
  /** @default the service's limit of 5 days */
  readonly maxRuntimeSeconds?: Value<number>;
}

/** An evaluate step. `Report` is the type of its evaluation.json. */
export type EvaluatedStep<Report> = ProcessingStep<"report" | "baseline" | "card"> & {
  /** evaluation.json, for conditions: `evaluated.report.at("metrics.roc_auc")`. */
  readonly report: PropertyFile<Report>;
  /** S3 URI of baseline.json: distributions of columns and scores, which drift is measured against. */
  readonly baseline: Expression<string>;
  /** S3 URI of the model card, an HTML page. */
  readonly card: Expression<string>;
  readonly data: PreparedStep;
};

/**
 * Judges a model with a binary target on the test split, which nothing before it has seen.
 *
 * @throws {@link StepOptionError} when the contract's target is a number; that is `evaluateRegression`'s.
 */
export function evaluate(name: string, options: EvaluateOptions): EvaluatedStep<Evaluation> {
  return evaluated(name, options, "binary", document<Evaluation>());
}

/** Judges a regression on the test split. @throws {@link StepOptionError} when the contract's target is binary. */
export function evaluateRegression(name: string, options: EvaluateOptions): EvaluatedStep<RegressionEvaluation> {
  return evaluated(name, options, "regression", document<RegressionEvaluation>());
}

function evaluated<Report>(
  name: string,
  options: EvaluateOptions,
  task: Task,
  schema: { readonly schemaType?: Report },
): EvaluatedStep<Report> {
  const { data, model } = options;
  if (taskOf(data) !== task) {
    const instead = task === "binary" ? "sklearn.evaluateRegression" : "sklearn.evaluate";
    const message = `the target of contract ${data.contract.name} is ${taskOf(data)}. Use ${instead}.`;
    throw new StepOptionError("evaluate_task", `${name}.data`, message);
  }
  const seed = options.seed ?? data.seed;
  checkSeed(name, seed);
  const step = processing(name, {
    ...options,
    image: image(options.image ?? data.image),
    entrypoint: ["python3", `${inputPath("code")}/evaluate.py`],
    arguments: ["--seed", seed],
    inputs: {
      code: { uri: stepCode().evaluate(), path: inputPath("code") },
      model: { uri: model, path: inputPath("model") },
      test: { uri: data.outputs.test, path: inputPath("test") },
      train: { uri: data.outputs.train, path: inputPath("train") },
    },
    outputs: { report: outputPath("report"), baseline: outputPath("baseline"), card: outputPath("card") },
    propertyFiles: { Evaluation: propertyFile("report", "evaluation.json", schema) },
  });
  return Object.assign(step, {
    data,
    report: step.files.Evaluation as PropertyFile<Report>,
    baseline: join("/", [step.outputs.baseline, "baseline.json"]),
    card: join("/", [step.outputs.card, "model-card.html"]),
  });
}
