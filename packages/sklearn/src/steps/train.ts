import { type TrainingStep, training } from "@sagewright/pipeline";
import { StepOptionError } from "../errors";
import { type FitOptions, trainingJobOptions } from "./training-job";

/** Options of a train step. */
export type TrainOptions = FitOptions;

/**
 * Trains one estimator with fixed hyperparameters.
 *
 * @example sklearn.train("Train", { data: prepared, estimator: randomForest({ max_depth: 12 }) });
 * @throws {@link StepOptionError} for options that contradict each other, {@link HyperparameterError} for an estimator that
 *   cannot do the contract's task.
 */
export function train(name: string, options: TrainOptions): TrainingStep {
  const ranges = Object.keys(options.estimator.ranges);
  if (ranges.length > 0) {
    const message = `${ranges.join(", ")} ${ranges.length === 1 ? "is a range" : "are ranges"}, which only a tuner can search. Give one value, or use sklearn.tune.`;
    throw new StepOptionError("estimator_ranges", `${name}.estimator`, message);
  }
  return training(name, trainingJobOptions(name, options));
}
