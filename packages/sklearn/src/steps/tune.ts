import { type Objective, type TuningStep, tuning } from "@sagewright/pipeline";
import { StepOptionError } from "../errors";
import { type FitOptions, metricNames, taskOf, trainingJobOptions } from "./training-job";

/** Options of a tune step. */
export interface TuneOptions extends FitOptions {
  /** `maximize("validation:auc")`; of a regression `validation:r2`, `validation:mae` or `validation:rmse`. */
  readonly objective: Objective;
  /** Number of training jobs. Leave it out with strategy Grid, which tries every combination. */
  readonly jobs?: number;
  /** Jobs at the same time. @default 1 */
  readonly parallel?: number;
  /** @default "Bayesian" */
  readonly strategy?: "Bayesian" | "Random" | "Grid" | "Hyperband";
  /** @default "Off" */
  readonly earlyStopping?: "Off" | "Auto";
}

/**
 * Searches the ranges of an estimator for the hyperparameters that do best on the validation split. The search and every
 * trial follow from the seed.
 *
 * @example
 * sklearn.tune("Tune", {
 *   data: prepared,
 *   estimator: randomForest({ max_depth: integer(3, 16), n_estimators: integer(100, 400) }),
 *   objective: maximize("validation:auc"),
 *   jobs: 12,
 *   parallel: 2,
 * });
 * @throws {@link StepOptionError} for options that contradict each other, {@link HyperparameterError} for an estimator that
 *   cannot do the contract's task.
 */
export function tune(name: string, options: TuneOptions): TuningStep {
  const { estimator, objective, jobs, parallel = 1, strategy = "Bayesian", data } = options;
  check(name, options, parallel);
  return tuning(name, {
    ...trainingJobOptions(name, options),
    objective,
    ranges: estimator.ranges,
    jobs,
    parallel,
    strategy,
    earlyStopping: options.earlyStopping,
    seed: options.seed ?? data.seed,
  });
}

function check(name: string, { estimator, objective, jobs, strategy, data }: TuneOptions, parallel: number): void {
  if (Object.keys(estimator.ranges).length === 0) {
    const message = `${estimator.builder} has no ranges to search. Give one, such as max_depth: integer(3, 16), or use sklearn.train.`;
    throw new StepOptionError("estimator_ranges", `${name}.estimator`, message);
  }
  const metrics = metricNames[taskOf(data)];
  if (!metrics.includes(objective.metric)) {
    const message = `${objective.metric} is not printed by training. Use one of ${metrics.join(", ")}.`;
    throw new StepOptionError("objective", `${name}.objective`, message);
  }
  if (strategy === "Grid" ? jobs !== undefined : !isCount(jobs, 500)) {
    const message =
      strategy === "Grid"
        ? "Grid tries every combination. Leave jobs out."
        : `${jobs} is not between 1 and 500. Give the number of training jobs to run.`;
    throw new StepOptionError("jobs", `${name}.jobs`, message);
  }
  if (!isCount(parallel, 100)) {
    const message = `${parallel} is not between 1 and 100. Give the number of jobs to run at the same time.`;
    throw new StepOptionError("parallel", `${name}.parallel`, message);
  }
}

function isCount(value: number | undefined, most: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= most;
}
